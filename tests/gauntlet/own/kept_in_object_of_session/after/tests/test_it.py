from app import init_app, plain


def test_a(ext):
    assert ext == 1


def test_b(ext):
    assert ext < 2


def test_none():
    assert plain() == 0
