import functools


def end():
    return 6


@functools.cache
def label(number):
    return max(number, 3, key=abs) if number else print(number, end="")
