from running import run_all, width


def test_total():
    assert run_all() == 1


def test_width():
    assert width() == 2
