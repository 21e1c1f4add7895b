class Part:
    pass


def compute():
    return 2


def plain():
    return 0


class lazy:
    def __init__(self, function):
        self.function = function
    def __set_name__(self, owner, name):
        self.name = name
    def __get__(self, one, owner=None):
        one.__dict__[self.name] = found = self.function(one)
        return found


class Thing:
    @lazy
    def value(self):
        return compute()


THING = Thing()
