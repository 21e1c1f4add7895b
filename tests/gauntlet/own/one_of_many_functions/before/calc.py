def add_0(x):
    return x + 0


def add_1(x):
    return x + 1


def add_2(x):
    return x + 2


def add_3(x):
    return x + 3


def add_4(x):
    return x + 4


def add_5(x):
    return x + 5


def add_6(x):
    return x + 6


def add_7(x):
    return x + 7
