from tests.making import group, user


def test_user():
    assert user() == "ann"


def test_group():
    assert group() == "all"
