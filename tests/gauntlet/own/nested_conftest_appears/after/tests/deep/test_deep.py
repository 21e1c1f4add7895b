def test_number(number):
    assert number == 1


def test_none():
    assert True
