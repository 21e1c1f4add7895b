from tests.test_base import TestBase as Base


class TestMore(Base):
    def test_more(self):
        assert self.make() < 2


def test_plain():
    assert len("ab") == 2
