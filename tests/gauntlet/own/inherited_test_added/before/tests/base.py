class Base:
    def test_first(self):
        assert self.value == 1
