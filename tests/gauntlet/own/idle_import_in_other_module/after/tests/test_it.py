import pytest
from one import size
from two import warn


def test_size():
    assert size() == 1


def test_warn():
    with pytest.warns(DeprecationWarning):
        assert warn() == 2
