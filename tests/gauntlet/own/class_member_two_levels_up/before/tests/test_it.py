from base import Base
from leaf import Leaf


def test_label():
    assert Leaf().label() == "base"


def test_base():
    assert Base().label() == "base"
