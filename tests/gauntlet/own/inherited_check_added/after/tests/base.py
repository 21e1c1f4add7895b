class Base:
    def check_first(self):
        assert self.value == 1

    def check_second(self):
        assert self.value == 2
