class Command:
    def __init_subclass__(cls):
        cls.name = cls.__name__.upper()


def width():
    return 2
