import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_copy(tmp_path):
    made = shutil.copytree(ROOT / "template", tmp_path / "made")
    assert len([path for path in made.rglob("*") if path.is_file()]) == 2


def test_plain(tmp_path):
    assert tmp_path.exists()
