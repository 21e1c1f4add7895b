from app import show


def test_number():
    assert show(5) == "any"


def test_text():
    assert show("a") == "text"
