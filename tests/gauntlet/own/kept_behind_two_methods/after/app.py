class Part:
    pass


def compute():
    return 2


def plain():
    return 0


class Store:
    def __init__(self):
        self.data = {}
    def has(self, key):
        return key in self.data
    def keep(self, key, value):
        self.data[key] = value
    def fetch(self, key):
        if not self.has(key):
            self.keep(key, compute())
        return self.data[key]


STORE = Store()
