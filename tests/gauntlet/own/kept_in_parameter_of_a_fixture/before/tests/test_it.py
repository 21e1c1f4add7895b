import pytest
from app import Part, plain


@pytest.fixture(params=[Part()])
def part(request):
    return request.param


def test_a(part):
    assert part.value == 1


def test_b(part):
    assert part.value < 2


def test_none():
    assert plain() == 0
