import functools


@functools.cache
def get():
    import late

    return late.VALUE
