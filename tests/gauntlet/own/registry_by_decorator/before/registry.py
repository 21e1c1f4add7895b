NAMES = []


def register(function):
    NAMES.append(function.__name__)
    return function


def names():
    return sorted(NAMES)
