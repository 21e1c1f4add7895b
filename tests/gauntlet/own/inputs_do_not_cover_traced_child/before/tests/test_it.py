import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_child():
    lines = run("sh", "scripts/count.sh").strip()
    assert lines == run(sys.executable, "scripts/limit.py")


def test_plain():
    assert len("ab") == 2
