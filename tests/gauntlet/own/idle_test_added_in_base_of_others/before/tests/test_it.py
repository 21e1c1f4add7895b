from tests.base import Base


class TestIt(Base):
    value = 1


def test_own():
    assert Base
