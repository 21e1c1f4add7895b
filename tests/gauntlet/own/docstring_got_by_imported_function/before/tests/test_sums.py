from inspect import getdoc

import sums


def test_words():
    assert "Twice" in getdoc(sums.double)


def test_double():
    assert sums.double(1) == 2
