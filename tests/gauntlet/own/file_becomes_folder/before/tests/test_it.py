from kinds import is_folder, width


def test_place():
    assert not is_folder()


def test_width():
    assert width() == 2
