from basket import make


def state():
    return "open" if make() else "none"
