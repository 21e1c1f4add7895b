from paths import place, width


def test_place():
    assert place() == "/srv/here/x"


def test_width():
    assert width() == 2
