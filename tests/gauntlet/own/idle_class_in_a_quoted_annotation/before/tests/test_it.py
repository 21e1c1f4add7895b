from app import Shop


def test_large():
    assert Shop("large").size() == 6


def test_small():
    assert Shop("small").size() == 2
