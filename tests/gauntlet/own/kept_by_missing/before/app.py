class Part:
    pass


def compute():
    return 1


def plain():
    return 0


class Cache(dict):
    def __missing__(self, key):
        self[key] = found = compute()
        return found


CACHE = Cache()


def get():
    return CACHE["v"]
