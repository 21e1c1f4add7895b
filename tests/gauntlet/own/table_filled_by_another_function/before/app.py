def compute():
    return 1


TABLE = {}


def fill():
    TABLE["a"] = compute()


def get():
    if "a" not in TABLE:
        fill()
    return TABLE["a"]
