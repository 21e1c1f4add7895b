C = {}


def compute():
    return 1


def load():
    return compute()


if True:
    TABLE = {"v": load}


def get():
    if "v" not in C:
        C["v"] = TABLE["v"]()
    return C["v"]
