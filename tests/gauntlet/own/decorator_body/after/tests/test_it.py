from calc import price


def test_price():
    assert price(3) == 6
