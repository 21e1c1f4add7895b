def compute():
    return 1


class Base:
    @property
    def value(self):
        if not hasattr(self, "_value"):
            self._value = compute()
        return self._value


class Part(Base):
    pass


def plain():
    return 0


def giving(part):
    def decorate(function):
        def wrapper():
            return function(part)
        return wrapper
    return decorate
