from importlib import resources


def motto():
    return resources.files("pkg").joinpath("motto.txt").read_text()


def width():
    return 2
