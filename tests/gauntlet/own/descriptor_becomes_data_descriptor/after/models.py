from fields import Field


class Model:
    title = Field()

    def __init__(self):
        self.__dict__["title"] = "own"


def width():
    return 2
