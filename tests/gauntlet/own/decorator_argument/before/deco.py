def at_most(limit):
    def decorate(function):
        def wrapper(x):
            return min(function(x), limit)

        return wrapper

    return decorate
