from app import App


def test_reported():
    app = App("full")
    assert app.handle("ab") == 2
    assert app.result == 1


def test_not_reported():
    assert App().handle("abc") == 3
