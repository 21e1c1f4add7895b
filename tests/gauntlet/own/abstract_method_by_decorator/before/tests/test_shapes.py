from shapes import Plain, Square


def test_square():
    assert Square()


def test_plain():
    assert Plain()
