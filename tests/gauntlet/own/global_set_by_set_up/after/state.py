MODE = "unset"


def set_up():
    global MODE
    MODE = "slow"


def mode():
    return MODE


def width():
    return 2
