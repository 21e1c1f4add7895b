import functools


def compute():
    return 1


def maker():
    def made():
        return compute()

    return made


TABLE = {"a": maker()}


@functools.cache
def get():
    return TABLE["a"]()
