from operator import attrgetter

from settings import Settings


def highest():
    return attrgetter("limits.high")(Settings)
