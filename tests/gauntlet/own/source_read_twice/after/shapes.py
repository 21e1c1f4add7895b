def area():
    # 3
    return 3


def corners():
    return 4
