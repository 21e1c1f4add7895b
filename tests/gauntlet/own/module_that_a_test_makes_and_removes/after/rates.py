"""Makes modules."""

from pathlib import Path


def generate(name, value):
    Path(f"{name}.py").write_text(f"def answer():\n    return {value}\n")


def other():
    return 2
