from functools import cached_property


def compute():
    return 2


class Base:
    @cached_property
    def value(self):
        return compute()


class Part(Base):
    pass


PART = Part()


def plain():
    return 0
