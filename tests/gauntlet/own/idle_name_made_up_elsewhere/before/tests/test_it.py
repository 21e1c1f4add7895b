from app import Visitor, table


def test_all():
    assert table("small") == {"a": 1}
    assert Visitor().visit("number") == 5


def test_table():
    assert table("small") == {"a": 1}
