import app
from serving import DISPATCHER


def test_names():
    names = [name for name in DISPATCHER.system_listMethods() if not name.startswith("sys")]
    assert names == ["area"]


def test_width():
    assert app.width(2) == 2
