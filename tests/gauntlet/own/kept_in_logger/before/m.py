import logging


def level():
    return logging.INFO


log = logging.getLogger("m")


def setup():
    if not log.handlers:
        log.addHandler(logging.NullHandler())
        log.setLevel(level())
