from timing import checked, timed


@timed
@checked(int)
def area(side):
    """The area, one."""
    return side * side


@checked(int)
def width(side):
    """The width."""
    return side
