def round(x):
    return "round"


def area(x):
    return x * x
