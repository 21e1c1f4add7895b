import settings
from making import make


def test_own():
    class Thing:
        keep = make("def keep(self): self.__dict__['kept'] = 1", {})["keep"]

    thing = Thing()
    thing.keep()
    assert thing.kept == 1
    assert settings is not None
