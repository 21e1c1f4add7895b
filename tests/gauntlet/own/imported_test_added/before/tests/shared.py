def test_first():
    assert True
