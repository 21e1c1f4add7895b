import warnings


def warn():
    warnings.warn('old', DeprecationWarning)
    return 2
