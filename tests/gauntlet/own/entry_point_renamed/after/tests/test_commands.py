from importlib.metadata import entry_points

from commands import stay


def test_main():
    (found,) = entry_points(group="own.commands")
    assert found.load()() == 1


def test_stay():
    assert stay() == 2
