import shapes


def test_square():
    assert shapes.Square().sides == 4


def test_text():
    assert shapes.Square.__doc__ == "One side."
