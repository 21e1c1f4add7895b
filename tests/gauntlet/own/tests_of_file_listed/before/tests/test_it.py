def test_one():
    assert True


def test_number():
    assert len([name for name in globals() if name.startswith('test_')]) == 2
