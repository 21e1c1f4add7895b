import conf


def test_level():
    assert conf.LEVEL == 1
