_R = {}


def registry():
    return _R
