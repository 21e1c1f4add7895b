import functools


def end():
    return 5


@functools.cache
def label(number):
    return max(number, 3, key=abs) if number else print(number, end="")
