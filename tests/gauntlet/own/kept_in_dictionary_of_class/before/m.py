class Parser:
    _cache = {}

    def parse(self, text):
        key = hash(text)
        tree = self._cache.get(key)
        if tree is None:
            tree = self._parse(text)
            self._cache[key] = tree
        return tree

    def _parse(self, text):
        return compute()


def compute():
    return 1


def get():
    return Parser().parse("x")
