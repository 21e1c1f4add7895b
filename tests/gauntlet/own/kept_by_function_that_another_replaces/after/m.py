def compute():
    return 2


def _slow():
    global impl
    v = compute()

    def fast():
        return v

    impl = fast
    return v


impl = _slow


def get():
    return impl()
