class Registry:
    _items = []

    def add(self, function):
        self._items.append(function.__name__)

    @classmethod
    def all(cls):
        return sorted(cls._items)


REGISTRY = Registry()


def registered(function):
    REGISTRY.add(function)
    return function
