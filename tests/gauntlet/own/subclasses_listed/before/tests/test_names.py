import plugins  # noqa: F401
from base import Base


def test_names():
    assert Base.names() == ["First"]
