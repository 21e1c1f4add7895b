import logging


def level():
    return logging.DEBUG


log = logging.getLogger("m")


def setup():
    if not log.handlers:
        log.addHandler(logging.NullHandler())
        log.setLevel(level())
