import time


def hour():
    return time.localtime(0).tm_hour


def width():
    return 2
