from rates import rate


def test_first():
    assert rate("eur") == 5
