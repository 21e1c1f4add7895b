from functools import cached_property


def compute():
    return 2


class Base:
    @cached_property
    def value(self):
        return compute()


def single(kind):
    return kind()


@single
class PART(Base):
    pass


def plain():
    return 0
