from pool import Pool, width


def test_first():
    assert Pool().size == 4


def test_second():
    assert Pool().size % 3 == 1


def test_width():
    assert width() == 2
