import os

MODULES = sorted(name for name, value in list(globals().items()) if type(value) is type(os))


def idle_too():
    return 1
