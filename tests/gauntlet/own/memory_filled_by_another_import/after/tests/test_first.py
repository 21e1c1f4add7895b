from rates import rate

RATE = rate()


def test_first():
    assert RATE == 1
