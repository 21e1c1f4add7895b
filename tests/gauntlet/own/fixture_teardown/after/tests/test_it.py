import pytest
from closing import close


@pytest.fixture(scope="module")
def opened():
    yield 1
    assert close() == 0


def test_plain():
    assert len("ab") == 2


def test_first(opened):
    assert opened == 1


def test_last(opened):
    assert opened == 1
