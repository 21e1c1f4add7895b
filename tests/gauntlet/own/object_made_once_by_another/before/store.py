class Sized:
    def __init__(self):
        self.size = 1


class Part(Sized):
    pass


class Store:
    def __init__(self):
        self._part = None

    def part(self):
        if self._part is None:
            self._part = Part()
        return self._part


STORE = Store()
