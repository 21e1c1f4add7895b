WORD = "[a-m]+"
PAIR = "({WORD}) ({WORD})".format(**globals())


def width():
    return 80
