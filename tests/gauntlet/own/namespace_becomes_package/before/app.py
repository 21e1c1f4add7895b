def sides():
    found = []
    for name in ("left", "right"):
        try:
            found.append(__import__(f"space.{name}").__name__)
        except ImportError:
            pass
    return len(found)


def width():
    return 2
