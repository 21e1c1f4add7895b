from proxy import Proxy


def ask(name):
    return getattr(Proxy(), name)


def test_colour():
    assert ask("colour") == "COLOUR"


def test_other():
    assert ask("other") == "OTHER"
