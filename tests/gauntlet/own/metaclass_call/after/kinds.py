class Kind(type):
    made = None

    def __call__(cls):
        if Kind.made is None:
            Kind.made = super().__call__()
        return Kind.made


def width():
    return 2
