class Guard:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return False


def width():
    return 2
