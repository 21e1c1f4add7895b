from pkg import motto, width


def test_motto():
    assert motto() == "onwards\n"


def test_width():
    assert width() == 2
