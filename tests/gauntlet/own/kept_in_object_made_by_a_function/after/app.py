from functools import cached_property


def compute():
    return 2


class Base:
    @cached_property
    def value(self):
        return compute()


class Part(Base):
    pass


def make():
    return Part()


PART = make()


def plain():
    return 0
