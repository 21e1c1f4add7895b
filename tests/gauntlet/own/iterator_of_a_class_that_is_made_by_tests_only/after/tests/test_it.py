from app import NAMES, View


def test_names():
    assert NAMES == ["a", "b"]


def test_view():
    assert list(View([1, 2])) == [1, 2]


def test_names_behind_it():
    assert NAMES[0] == "a"
