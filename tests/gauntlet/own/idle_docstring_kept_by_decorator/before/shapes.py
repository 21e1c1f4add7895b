from dispatching import dispatched


@dispatched
def area(side):
    """The area, one."""
    return side * side


@dispatched(name="w")
def width(side):
    """The width."""
    return side
