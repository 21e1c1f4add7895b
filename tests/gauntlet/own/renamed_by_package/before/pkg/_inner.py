def size(of=1):
    return of
