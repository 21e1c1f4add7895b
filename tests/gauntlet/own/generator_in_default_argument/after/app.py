def deep():
    return 1


def numbers():
    while True:
        number = deep()
        yield number + 1


def get(numbers=numbers()):
    return next(numbers)
