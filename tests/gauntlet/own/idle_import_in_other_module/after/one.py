import warnings


def size():
    return 1


def area():
    warnings.warn('new')
