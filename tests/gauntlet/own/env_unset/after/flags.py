import os


def mode():
    return os.getenv("APP_MODE") or "plain"


def width():
    return 2
