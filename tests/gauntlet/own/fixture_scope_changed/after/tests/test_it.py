def test_first(basket):
    basket.append(1)
    assert basket == [1]


def test_second(basket):
    assert basket == []


def test_plain():
    assert len("ab") == 2
