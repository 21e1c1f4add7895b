import settings
from making import make


def test_other():
    look = make("def look(thing, name): return thing.__dict__[name]", {})["look"]
    assert look(settings, "LI" + "MIT") == 1
