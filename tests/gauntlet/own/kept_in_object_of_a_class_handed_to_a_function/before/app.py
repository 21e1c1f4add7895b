from functools import cached_property


def compute():
    return 1


class Base:
    @cached_property
    def value(self):
        return compute()


class Part(Base):
    pass


def make(kind):
    return kind()


PART = make(Part)


def plain():
    return 0
