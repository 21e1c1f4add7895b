from pathlib import Path


def level():
    try:
        return int((Path(__file__).parent / "data" / "level.txt").read_text())
    except FileNotFoundError:
        return 1


def width():
    return 2
