items = []


def compute():
    return 2


def get():
    found = [v for k, v in items if k == "v"]
    if not found:
        found = [compute()]
        items.append(("v", found[0]))
    return found[0]
