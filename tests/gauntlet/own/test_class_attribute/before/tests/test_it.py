class TestSum:
    expected = 4
    other = 5

    def test_sum(self):
        assert 2 + 2 == self.expected

    def test_other(self):
        assert self.other == 5


def test_plain():
    assert len("ab") == 2
