"""Tests."""

import subprocess
import sys

from rates import other


def test_end_of_program():
    code = "import rates; keep = lambda: None; last = rates.Rates()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("closed\n", "")


def test_other():
    assert other() == 1
