from serving import exposed


@exposed
def area(side):
    """The area, one."""
    return side * side



def width(side):
    """The width."""
    return side
