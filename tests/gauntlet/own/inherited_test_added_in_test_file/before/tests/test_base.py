class TestBase:
    value = 2

    def test_first(self):
        assert self.value > 0
