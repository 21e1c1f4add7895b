class Ids:
    def __init__(self):
        self.stream = self.numbers()

    def numbers(self):
        while True:
            number = 1
            yield number

    def get(self):
        return next(self.stream)


IDS = Ids()


def get():
    return IDS.get()
