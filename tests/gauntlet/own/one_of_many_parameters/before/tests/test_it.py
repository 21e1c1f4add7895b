import pytest


@pytest.mark.parametrize(
    "number",
    [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
    ],
)
def test_small(number):
    assert number < 50
