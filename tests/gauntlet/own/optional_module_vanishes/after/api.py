def run():
    try:
        import extras
    except ImportError:
        return 0
    return extras.bonus()


def width():
    return 2
