import os

PLACE = "/srv/$APP_PLACE/x"


def place():
    return os.path.expandvars(PLACE)


def width():
    return 2
