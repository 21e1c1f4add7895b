def repeat(times: int):
    return times


def width():
    return 2
