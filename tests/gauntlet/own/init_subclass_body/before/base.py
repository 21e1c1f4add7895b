class Command:
    def __init_subclass__(cls):
        cls.name = cls.__name__.lower()


def width():
    return 2
