import app


def test_all():
    assert app.label(3) == 3
    assert app.end() == 5


def test_label():
    assert app.label(3) == 3
