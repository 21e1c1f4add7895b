def first(of=1):
    return of


def second(of=2):
    return of
