def test_slow():
    assert True


def test_heavy():
    assert True
