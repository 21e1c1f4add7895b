class Settings:
    depth = 3
    height = 5


def width():
    return 2
