from reading import total


def test_total():
    assert total() == 4
