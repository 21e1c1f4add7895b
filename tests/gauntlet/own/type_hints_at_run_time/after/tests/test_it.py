from converting import convert
from forms import Form, width


def test_convert():
    assert repr(convert(Form, {"amount": "3", "name": "a"})["amount"]) == "3"


def test_width():
    assert width() == 2
