import settings


def test_size():
    name = 'si' + 'ze'
    assert getattr(settings, name.upper()) == 1
