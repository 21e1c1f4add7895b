import pytest
import app
from app import plain


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("part", (getattr(app, name)() for name in ["Part"]))
def test_a(part, n):
    assert part.value == 1


def test_none():
    assert plain() == 0
