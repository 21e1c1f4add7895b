def test_first():
    assert True


def test_second():
    assert len("ab") == 3
