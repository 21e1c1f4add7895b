from tools import fill


class Box:
    size = 1


def test_fill():
    assert fill(Box(), size=2).size == 2
