class Settings:
    depth = 3
    height = 4


def width():
    return 2
