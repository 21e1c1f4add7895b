def compute():
    return 2


def make():
    v = None

    def get():
        nonlocal v
        if v is None:
            v = compute()
        return v

    return get


get = make()
