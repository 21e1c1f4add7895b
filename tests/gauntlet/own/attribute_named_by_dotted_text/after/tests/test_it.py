from reading import highest


def test_highest():
    assert highest() == 9
