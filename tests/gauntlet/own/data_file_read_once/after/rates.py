from pathlib import Path

_rate = None


def rate():
    global _rate
    if _rate is None:
        _rate = int((Path(__file__).parent / "data" / "rates.txt").read_text())
    return _rate


def width():
    return 2
