def test_apart():
    assert len("ab") == 2
