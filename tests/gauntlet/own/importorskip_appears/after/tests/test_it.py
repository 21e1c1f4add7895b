import pytest


def test_extra():
    extra = pytest.importorskip("extra_things")
    assert extra.ON


def test_plain():
    assert len("ab") == 2
