import settings
from use import load


def test_load():
    assert load(settings) == {'SIZE': 1}
