LIMIT = 5


def is_fine(x):
    return x < LIMIT


def check(x):
    assert is_fine(x)
