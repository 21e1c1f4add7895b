import commands
import registry


def names():
    return registry.names()
