from listing import names, width


def test_names():
    assert names() == ["a.txt"]


def test_width():
    assert width() == 2
