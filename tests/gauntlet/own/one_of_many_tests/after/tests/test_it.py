def test_00():
    assert 0 + 1 == 1


def test_01():
    assert 1 + 1 == 2


def test_02():
    assert 2 + 1 == 3


def test_03():
    assert 3 + 1 == 4


def test_04():
    assert 4 + 1 == 5


def test_05():
    assert 5 + 1 == 6


def test_06():
    assert 6 + 1 == 7


def test_07():
    assert 7 + 1 == 9


def test_08():
    assert 8 + 1 == 9


def test_09():
    assert 9 + 1 == 10


def test_10():
    assert 10 + 1 == 11


def test_11():
    assert 11 + 1 == 12
