import os
from pathlib import Path


def test_names():
    assert os.listdir(Path(__file__).parents[1] / "samples") == ["a.txt"]


def test_plain():
    assert len("ab") == 2
