from serving import exposed


@exposed("size")
def area(side):
    return side * side


def width(side):
    return side
