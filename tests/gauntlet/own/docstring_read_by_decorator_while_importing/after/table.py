TABLE = {}


def listed(function):
    TABLE[function.__name__] = function.__doc__.split()[-1]
    return function
