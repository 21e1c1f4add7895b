from backends import load, width


def test_missing():
    assert load("db") == "none"


def test_file():
    assert load("file") == "file"


def test_width():
    assert width() == 2
