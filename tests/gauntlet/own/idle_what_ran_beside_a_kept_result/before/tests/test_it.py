from app import depth, kept, width


def test_all():
    assert kept(1) == 2
    assert width() == 2
    assert depth() == 5


def test_kept():
    assert kept(1) == 2
