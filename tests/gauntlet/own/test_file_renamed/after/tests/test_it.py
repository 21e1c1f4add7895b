def test_two():
    assert 2 + 2 == 4
