def compute():
    return 2


value = None


def start():
    global value
    value = compute()


def get():
    if value is None:
        start()
    return value
