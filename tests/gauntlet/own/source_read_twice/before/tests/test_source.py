import inspect

import shapes


def test_first():
    assert "three" in inspect.getsource(shapes.area)


def test_second():
    assert "three" in inspect.getsource(shapes.area)


def test_corners():
    assert shapes.corners() == 4
