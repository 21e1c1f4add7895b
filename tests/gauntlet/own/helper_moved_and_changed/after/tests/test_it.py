from tests.making import group
from tests.users import user


def test_user():
    assert user() == "ann"


def test_group():
    assert group() == "all"
