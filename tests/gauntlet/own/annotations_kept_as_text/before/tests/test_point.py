import dataclasses

from point import Point, origin


def test_types():
    assert [field.type for field in dataclasses.fields(Point)] == [int]


def test_origin():
    assert origin() == 0
