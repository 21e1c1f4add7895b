from pathlib import Path

from settings import Settings


def total():
    names = Path(__file__).with_name("fields.txt").read_text().split()
    return sum(getattr(Settings, name) for name in names)
