class Part:
    pass


def compute():
    return 1


def plain():
    return 0


class Cache:
    def __init__(self):
        self._data = {}
    def get_or_set(self, key, make):
        if key not in self._data:
            self._data[key] = make()
        return self._data[key]


CACHE = Cache()


def get():
    return CACHE.get_or_set("v", compute)
