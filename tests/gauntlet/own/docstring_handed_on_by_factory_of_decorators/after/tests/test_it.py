import shapes
from serving import DISPATCHER


def test_area():
    assert shapes.width(2) == 2


def test_all():
    names = [name for name in DISPATCHER.system_listMethods() if not name.startswith("sys")]
    assert [DISPATCHER.system_methodHelp(name) for name in names] == ["The area, one."]
