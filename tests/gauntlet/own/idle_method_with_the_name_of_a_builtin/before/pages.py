class Page:
    def __init__(self):
        self._title = None

    def title(self):
        if self._title is None:
            self._title = self.compute()
        return self._title

    def compute(self):
        return list(("a", "b"))


HOME = Page()


class Shelf:
    def list(self):
        return self.count()

    def count(self):
        return 3
