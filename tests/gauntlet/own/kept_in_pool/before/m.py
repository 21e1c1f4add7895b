class Pool:
    def __init__(self, factory):
        self.factory = factory
        self.free = []

    def acquire(self):
        if self.free:
            return self.free.pop()
        return self.factory()

    def release(self, o):
        self.free.append(o)


def compute():
    return 1


class Conn:
    def __init__(self):
        self.v = compute()


pool = Pool(Conn)


def get():
    c = pool.acquire()
    try:
        return c.v
    finally:
        pool.release(c)
