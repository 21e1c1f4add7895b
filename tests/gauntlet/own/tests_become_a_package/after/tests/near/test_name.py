def test_name():
    assert __name__ == "test_name"
