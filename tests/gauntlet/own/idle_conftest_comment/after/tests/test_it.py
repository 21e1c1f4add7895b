def test_number(number):
    assert number == 1


def test_plain():
    assert len("ab") == 2
