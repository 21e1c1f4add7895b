import pickle
from pathlib import Path

from shapes import side


def test_load():
    assert pickle.loads(Path(__file__).with_name("shape.pickle").read_bytes())


def test_side():
    assert side() == 1
