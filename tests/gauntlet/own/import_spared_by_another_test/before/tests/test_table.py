"""Tests."""


def test_value():
    import table

    assert table.VALUE == 3
