from pages import HOME, Shelf


def test_title_and_shelf():
    assert HOME.title() == ["a", "b"]
    assert Shelf().list() == 3


def test_title():
    assert HOME.title() == ["a", "b"]
