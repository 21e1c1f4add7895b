import subprocess
import sys
from pathlib import Path

from expected import lines

ROOT = Path(__file__).parents[1]


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_child():
    assert run("sh", "scripts/count.sh").strip() == lines()


def test_plain():
    assert len("ab") == 2
