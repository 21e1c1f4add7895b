def first(of=3):
    return of


def second(of=2):
    return of
