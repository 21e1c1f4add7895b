class Part:
    pass


def compute():
    return 1


def plain():
    return 0

import queue
Q = queue.Queue()


def get():
    if Q.empty():
        Q.put(compute())
    value = Q.get()
    Q.put(value)
    return value
