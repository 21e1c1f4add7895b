def size(of=3):
    return of
