from plugins import labels


def test_labels():
    assert labels() == ["one"]
