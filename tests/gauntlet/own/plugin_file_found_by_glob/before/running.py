import glob
import os


def run_all():
    total = 0
    for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), "rules", "*.py"))):
        names = {}
        with open(path) as file:
            exec(file.read(), names)
        total += names["RESULT"]
    return total


def width():
    return 2
