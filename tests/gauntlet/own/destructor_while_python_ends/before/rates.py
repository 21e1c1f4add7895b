"""Rates."""


class Rates:
    def closed(self):
        return "closed"

    def __del__(self):
        print(self.closed())


def other():
    return 1
