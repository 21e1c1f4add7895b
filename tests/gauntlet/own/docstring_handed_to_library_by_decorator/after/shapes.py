from serving import exposed


@exposed
def area(side):
    """The area, two."""
    return side * side



def width(side):
    """The width."""
    return side
