class Base:
    def test_first(self):
        assert self.value == 1

    def test_second(self):
        assert self.value == 2
