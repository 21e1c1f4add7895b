from app import plain


def test_a(pytestconfig):
    assert pytestconfig.part.value == 1


def test_b(pytestconfig):
    assert pytestconfig.part.value < 2


def test_none():
    assert plain() == 0
