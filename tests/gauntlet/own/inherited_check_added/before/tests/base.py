class Base:
    def check_first(self):
        assert self.value == 1
