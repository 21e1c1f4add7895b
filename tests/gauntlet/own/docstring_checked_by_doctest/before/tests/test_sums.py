import doctest

import sums


def test_examples():
    assert doctest.testmod(sums).failed == 0


def test_double():
    assert sums.double(1) == 2
