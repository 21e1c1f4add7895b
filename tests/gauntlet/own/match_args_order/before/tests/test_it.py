from points import Point, width


def test_match():
    match Point(1, 2):
        case Point(first, _):
            assert first == 1


def test_width():
    assert width() == 2
