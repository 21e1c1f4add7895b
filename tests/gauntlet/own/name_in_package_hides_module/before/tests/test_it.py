from use import kind


def test_kind():
    assert kind() == 'str'
