from pathlib import Path


def is_local():
    return Path(__file__).with_name("local.txt").exists()


def width():
    return 2
