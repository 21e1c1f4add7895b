"""Tests."""

import importlib
import sys
from pathlib import Path

from rates import generate, other


def made(name):
    generate(name, 42)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    finally:
        Path(f"{name}.py").unlink()
        sys.modules.pop(name, None)


def test_made():
    assert made("made_first").answer() == 42


def test_made_again():
    assert made("made_second").answer() == 42


def test_other():
    assert other() == 1
