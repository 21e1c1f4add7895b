LIMIT = 10


def is_fine(x):
    return x < LIMIT


def check(x):
    assert is_fine(x)
