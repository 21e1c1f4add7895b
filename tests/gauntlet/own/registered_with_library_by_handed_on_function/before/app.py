from serving import exposed


@exposed("area")
def area(side):
    return side * side


def width(side):
    return side
