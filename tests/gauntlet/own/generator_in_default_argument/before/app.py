def deep():
    return 1


def numbers():
    while True:
        number = deep()
        yield number


def get(numbers=numbers()):
    return next(numbers)
