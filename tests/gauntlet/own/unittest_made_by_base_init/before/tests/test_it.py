from base import Counting


class TestIt(Counting):
    def test_first(self):
        assert self.number == 1

    def test_other(self):
        assert self.number < 5
