import pkg


def test_compute():
    assert pkg.compute(3) == 3


def test_label():
    assert pkg.label() == "a"
