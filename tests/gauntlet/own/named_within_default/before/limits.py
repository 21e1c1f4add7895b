def first(limit=(LIMIT := 3)):
    return limit


OTHERS = [LAST := 9]


def idle_too():
    return 1
