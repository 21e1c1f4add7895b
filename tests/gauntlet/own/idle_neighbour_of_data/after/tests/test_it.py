from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def test_a():
    assert (DATA / "a.txt").read_text() == "1\n"


def test_plain():
    assert len("ab") == 2
