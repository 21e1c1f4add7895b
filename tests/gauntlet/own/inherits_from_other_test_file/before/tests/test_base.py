class TestBase:
    value = 1

    def test_value(self):
        assert self.make() == self.value

    def make(self):
        return 1
