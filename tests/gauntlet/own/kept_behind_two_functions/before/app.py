class Part:
    pass


def compute():
    return 1


def plain():
    return 0

_DATA = {}


def load(key):
    return _DATA.get(key)


def store(key, value):
    _DATA[key] = value


def get():
    found = load("v")
    if found is None:
        found = compute()
        store("v", found)
    return found
