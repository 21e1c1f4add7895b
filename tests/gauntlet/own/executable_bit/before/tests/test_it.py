from checking import can_run, width


def test_can_run():
    assert not can_run()


def test_width():
    assert width() == 2
