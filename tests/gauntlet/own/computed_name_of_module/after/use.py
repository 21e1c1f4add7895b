import settings


def setting(name):
    return getattr(settings, name.upper())
