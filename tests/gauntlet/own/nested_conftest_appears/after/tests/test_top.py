def test_top(number):
    assert number == 1
