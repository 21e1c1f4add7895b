import os


def names():
    return sorted(os.listdir(os.path.join(os.path.dirname(__file__), "samples")))


def width():
    return 2
