import state


def test_size():
    assert state.SIZE == "1"
