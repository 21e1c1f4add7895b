def first(limit=(LIMIT := 4)):
    return limit


OTHERS = [LAST := 8]


def idle_too():
    return 1
