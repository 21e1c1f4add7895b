class Lazy:
    def __init__(self, f):
        self._f = f
        self._o = None

    def _setup(self):
        if self._o is None:
            self._o = self._f()
        return self._o

    def __getattr__(self, n):
        return getattr(self._setup(), n)


class V:
    def __init__(self):
        self.x = compute()


def compute():
    return 1


settings = Lazy(V)


def get():
    return settings.x
