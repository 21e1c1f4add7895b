import importlib


def compute():
    return 1


def get():
    me = importlib.import_module("m")
    try:
        return me.vv
    except AttributeError:
        setattr(me, "vv", compute())
    return me.vv
