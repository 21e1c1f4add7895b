import pytest
from guards import Guard, width


def test_guard():
    with pytest.raises(ValueError), Guard():
        raise ValueError


def test_width():
    assert width() == 2
