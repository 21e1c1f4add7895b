import calc


def test_0():
    assert calc.add_0(1) == 1


def test_1():
    assert calc.add_1(1) == 2


def test_2():
    assert calc.add_2(1) == 3


def test_3():
    assert calc.add_3(1) == 4


def test_4():
    assert calc.add_4(1) == 5


def test_5():
    assert calc.add_5(1) == 6


def test_6():
    assert calc.add_6(1) == 7


def test_7():
    assert calc.add_7(1) == 8
