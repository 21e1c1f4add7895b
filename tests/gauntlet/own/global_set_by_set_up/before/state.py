MODE = "unset"


def set_up():
    global MODE
    MODE = "fast"


def mode():
    return MODE


def width():
    return 2
