from app import Kind, plain


def test_a():
    assert Kind.A.value_of == 1


def test_b():
    assert Kind.A.value_of < 2


def test_none():
    assert plain() == 0
