import functools

SECONDS = {}


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        SECONDS[function.__name__] = 1
        return function(*args, **kwargs)

    return wrapper


def checked(*kinds):
    def decorator(function):
        def wrapper(side):
            if not isinstance(side, kinds):
                raise TypeError(side)
            return function(side)

        wrapper.__doc__ = function.__doc__
        return wrapper

    return decorator
