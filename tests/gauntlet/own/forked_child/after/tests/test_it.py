from work import in_child, width


def test_code():
    assert in_child() == 3


def test_width():
    assert width() == 2
