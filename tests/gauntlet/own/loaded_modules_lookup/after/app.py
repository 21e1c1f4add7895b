import sys


def has(name):
    return "plugin_" + name in sys.modules


def width():
    return 2
