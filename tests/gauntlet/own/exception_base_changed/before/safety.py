def safely(function):
    try:
        return function("a")
    except LookupError:
        return None
