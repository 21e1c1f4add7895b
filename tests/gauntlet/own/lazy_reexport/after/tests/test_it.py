from use import double


def test_double():
    assert double() == 2
