import pytest
from app import Part, plain


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("part", [Part()])
def test_a(part, n):
    assert part.value == 1


def test_none():
    assert plain() == 0
