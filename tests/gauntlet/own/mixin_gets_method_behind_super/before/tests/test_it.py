from mixins import Loud, Quiet


class Both(Loud, Quiet):
    pass


def test_both():
    assert Both().tags() == ["loud", "base"]


def test_loud():
    assert Loud().tags() == ["loud", "base"]
