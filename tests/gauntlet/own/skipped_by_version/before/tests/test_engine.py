import pytest

from engine import go


def test_new():
    assert pytest.importorskip("engine", minversion="1.5")


def test_go():
    assert go() == 1
