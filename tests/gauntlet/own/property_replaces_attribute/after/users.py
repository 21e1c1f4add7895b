class User:
    age = 7

    @property
    def name(self):
        return "ann"
