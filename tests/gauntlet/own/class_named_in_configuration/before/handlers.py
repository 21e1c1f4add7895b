import logging


class Silent(logging.NullHandler):
    pass


def level():
    return 1
