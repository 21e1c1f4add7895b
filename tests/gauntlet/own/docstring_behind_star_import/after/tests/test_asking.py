import api
from asking import ask


def test_asking():
    assert ask((api, "area"))() == 1
