from events import dispatch, width


def test_close():
    assert dispatch("close") == "ignored"


def test_width():
    assert width() == 2
