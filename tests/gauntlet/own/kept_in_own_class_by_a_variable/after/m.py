class A:
    v = None

    def get(self):
        klass = self.__class__
        if klass.v is None:
            klass.v = compute()
        return klass.v


def compute():
    return 2


def get():
    return A().get()
