from users import User


def test_name_of_class():
    assert User.name == "ann"


def test_age():
    assert User.age == 7
