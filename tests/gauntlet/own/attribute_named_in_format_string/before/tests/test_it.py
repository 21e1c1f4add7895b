from texts import greeting
from users import User


def test_greeting():
    assert greeting() == "hello ann!"


def test_age():
    assert User.age == 7
