"""Tests."""

from pathlib import Path

from rates import rate


def test_notes():
    assert rate("first") == 1
    assert Path("notes.txt").read_text() == "remember"


def test_rate():
    assert rate("first") == 1


def test_rate_again():
    assert rate("first") == 1
