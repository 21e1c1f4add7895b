class Lazy:
    def __init__(self, f):
        self._f = f

    @property
    def value(self):
        if not hasattr(self, "_v"):
            self._v = self._f()
        return self._v


def compute():
    return 1


L = Lazy(lambda: compute())


def get():
    return L.value
