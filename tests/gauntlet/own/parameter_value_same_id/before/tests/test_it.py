import pytest
from table import CASES


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_square(case):
    x, squared = case
    assert x * x == squared


def test_plain():
    assert len("ab") == 2
