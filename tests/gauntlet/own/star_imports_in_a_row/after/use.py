from second import *


def double():
    return LIMIT * 2
