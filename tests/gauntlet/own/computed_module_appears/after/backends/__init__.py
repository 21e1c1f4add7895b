import importlib


def load(name):
    try:
        return importlib.import_module(f"backends.{name}_backend").NAME
    except ModuleNotFoundError:
        return "none"


def width():
    return 2
