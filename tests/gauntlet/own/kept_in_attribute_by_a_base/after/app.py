from functools import cached_property


def compute():
    return 2


class Base:
    _value = None

    @property
    def value(self):
        if self._value is None:
            self._value = compute()
        return self._value


class Part(Base):
    pass


PART = Part()


def plain():
    return 0
