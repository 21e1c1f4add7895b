from deco import at_most


@at_most(11)
def square(x):
    return x * x


def width():
    return 2
