class Part:
    pass


def compute():
    return 1


def plain():
    return 0

import heapq
HEAP = []


def get():
    if not HEAP:
        heapq.heappush(HEAP, compute())
    return HEAP[0]
