def dispatch(name):
    return globals().get(f"on_{name}", ignore)()


def ignore():
    return "ignored"


def width():
    return 2
