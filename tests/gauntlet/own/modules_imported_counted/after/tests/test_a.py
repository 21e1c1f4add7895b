from m import MODULES, idle_too


def test_modules():
    assert MODULES == ["os"]


def test_idle():
    assert idle_too() == 1
