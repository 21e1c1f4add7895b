class Part:
    pass


def compute():
    return 2


def plain():
    return 0


class Thing:
    __slots__ = ("_v",)
    def get(self):
        try:
            return self._v
        except AttributeError:
            object.__setattr__(self, "_v", compute())
            return self._v


THING = Thing()
