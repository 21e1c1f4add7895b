def pairs(values):
    for value in values:
        yield value + 1, value


def total(values):
    return sum(first for first, _ in pairs(values))


def listed(values, deep=False):
    if deep:
        return list(pairs(values))
    return list(values)
