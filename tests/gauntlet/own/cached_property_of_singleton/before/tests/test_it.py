from app import APP, width


def test_first():
    assert APP.title == "shop"


def test_second():
    assert APP.title.upper() == "SHOP"


def test_width():
    assert width() == 2
