def repeat(times: str):
    return times


def width():
    return 2
