WORD = "[a-z]+"
PAIR = "({WORD}) ({WORD})".format(**globals())


def width():
    return 80
