from settings import LEVEL


def test_level():
    assert LEVEL == "low"
