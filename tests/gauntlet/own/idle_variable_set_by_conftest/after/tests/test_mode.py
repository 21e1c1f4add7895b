from modes import mode


def test_mode():
    assert mode() == "fast"
