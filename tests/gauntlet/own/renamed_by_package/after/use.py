from pkg import measure


def double():
    return measure() * 2
