from pkg import LIMIT


def double():
    return LIMIT * 2
