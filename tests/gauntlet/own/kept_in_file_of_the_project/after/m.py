import os


def compute():
    return "2"


def get():
    if not os.path.exists("built.txt"):
        with open("built.txt", "w") as f:
            f.write(compute())
    with open("built.txt") as f:
        return f.read()
