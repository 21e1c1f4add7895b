from finding import find
from safety import safely


def test_not_found():
    assert safely(find) is None


def test_found():
    assert safely(str.upper) == "A"
