def user():
    return "ann"


def group():
    return "all"
