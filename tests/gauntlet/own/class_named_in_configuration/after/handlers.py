import logging


class Quiet(logging.NullHandler):
    pass


def level():
    return 1
