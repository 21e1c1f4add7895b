from checks import can_close, width


class Door:
    def close(self):
        pass


def test_door():
    assert can_close(Door())


def test_width():
    assert width() == 2
