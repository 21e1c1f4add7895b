def test_bad():
    assert False
