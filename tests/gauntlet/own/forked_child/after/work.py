import os


def code():
    return 4


def in_child():
    child = os.fork()
    if not child:
        os._exit(code())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def width():
    return 2
