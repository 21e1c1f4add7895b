import conf


def test_debug():
    assert conf.debug == "default debug"


def test_level():
    assert conf.level == "default level"
