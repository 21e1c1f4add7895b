import functools
import re

WORD = re.compile(r"\w+")


def flags():
    return 5


class Program:
    def compile(self):
        return flags()


@functools.cache
def words(text):
    return WORD.findall(text)
