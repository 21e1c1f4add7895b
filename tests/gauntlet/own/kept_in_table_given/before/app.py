class Part:
    pass


def compute():
    return 1


def plain():
    return 0

MEMO = {}


class Taker:
    def value_of(self, memo):
        if "v" not in memo:
            memo["v"] = compute()
        return memo["v"]
