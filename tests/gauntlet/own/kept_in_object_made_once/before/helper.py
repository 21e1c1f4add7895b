from app import Part
_part = None


def get():
    global _part
    if _part is None:
        _part = Part()
    return _part
