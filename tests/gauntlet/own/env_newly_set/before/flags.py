import os


def quiet():
    return "APP_QUIET" in os.environ


def width():
    return 2
