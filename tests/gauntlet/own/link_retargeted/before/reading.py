from pathlib import Path


def current():
    return (Path(__file__).parent / "data" / "current.txt").read_text().strip()


def width():
    return 2
