from .working import work


def rest():
    return 3
