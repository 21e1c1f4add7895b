def test_number(number):
    assert number == 2


def test_word(word):
    assert word == "a"
