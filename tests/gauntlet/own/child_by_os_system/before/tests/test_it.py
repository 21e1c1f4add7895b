import os
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def test_system():
    assert os.system(f"grep -q 2 '{DATA}/rows.txt'") == 0


def test_popen():
    with os.popen(f"cat '{DATA}/rows.txt'") as pipe:
        assert pipe.read() == "1\n2\n"


def test_plain():
    assert len("ab") == 2
