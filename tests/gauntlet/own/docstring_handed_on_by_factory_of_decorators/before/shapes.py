from serving import DISPATCHER, exposed


@exposed(DISPATCHER)
def area(side):
    """The area, one."""
    return side * side



def width(side):
    """The width."""
    return side
