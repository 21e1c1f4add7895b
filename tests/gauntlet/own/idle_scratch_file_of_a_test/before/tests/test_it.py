from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_scratch():
    scratch = ROOT / "scratch.txt"
    scratch.write_text("x")
    try:
        assert scratch.read_text() == "x"
    finally:
        scratch.unlink()


def test_plain():
    assert len("ab") == 2
