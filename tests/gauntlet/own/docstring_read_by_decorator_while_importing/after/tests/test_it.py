import shapes
from table import TABLE


def test_table():
    assert sorted(TABLE.values()) == ["one."]


def test_shapes():
    assert shapes
