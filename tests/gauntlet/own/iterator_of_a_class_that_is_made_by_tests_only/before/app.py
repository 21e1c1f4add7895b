class Settings:
    names = ("a", "b")

    def __iter__(self):
        return iter(self.names)


NAMES = list(Settings())


class View:
    def __init__(self, numbers):
        self.numbers = numbers

    def __iter__(self):
        for number in self.numbers:
            yield number
