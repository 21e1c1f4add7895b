ns = {}


def src():
    return "v = 1"


def get():
    if "v" not in ns:
        exec(src(), ns)
    return ns["v"]
