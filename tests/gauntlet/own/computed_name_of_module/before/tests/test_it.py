from use import setting


def test_size():
    assert setting('size') == 1


def test_colour():
    assert setting('colour') == 'red'
