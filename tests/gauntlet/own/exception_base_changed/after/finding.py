from faults import NotFound


def find(name):
    raise NotFound(name)
