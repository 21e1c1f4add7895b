import os


def options():
    return sorted(name for name in os.environ if name.startswith("APP_OPTION_"))


def width():
    return 2
