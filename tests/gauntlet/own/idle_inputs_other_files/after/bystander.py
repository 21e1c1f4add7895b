def idle(x):
    return x * 3


def unused():
    return 1
