class Part:
    pass


def compute():
    return 2


def plain():
    return 0

import enum


class Kind(enum.Enum):
    A = 1
    @property
    def value_of(self):
        if not hasattr(self, "_v_"):
            self._v_ = compute()
        return self._v_
