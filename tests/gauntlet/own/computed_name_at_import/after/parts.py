def first(of=3):
    return of
