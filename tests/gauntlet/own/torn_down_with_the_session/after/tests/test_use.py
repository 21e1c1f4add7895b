def test_use(thing):
    assert thing == [1]
