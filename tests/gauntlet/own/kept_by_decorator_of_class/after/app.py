class Part:
    pass


def compute():
    return 2


def plain():
    return 0


def singleton(cls):
    made = {}
    def get():
        if cls not in made:
            made[cls] = cls()
        return made[cls]
    return get


@singleton
class One:
    def __init__(self):
        self.value = compute()
