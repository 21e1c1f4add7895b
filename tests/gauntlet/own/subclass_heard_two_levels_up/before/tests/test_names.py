import plugins  # noqa: F401
from base import idle_too, names


def test_names():
    assert names() == ["Middle", "First"]


def test_idle():
    assert idle_too() == 1
