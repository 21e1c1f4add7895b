from robot import Robot


def test_forward():
    assert Robot().forward() == 1


def test_move():
    assert Robot().move(4) == 4
