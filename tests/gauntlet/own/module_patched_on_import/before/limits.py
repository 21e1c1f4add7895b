HIGH = 5


def clamp(x):
    return min(x, HIGH)
