from rates import rate

RATE = rate()


def test_second():
    assert RATE == 1
