import plugins  # noqa: F401
from base import Base, idle_too


def test_codes():
    assert Base.codes == [1]


def test_idle():
    assert idle_too() == 1
