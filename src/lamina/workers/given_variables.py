"""Environment variables that a plugin sets when pytest starts, as pytest-env and pytest-dotenv do: where it may have them from.

What a test reads then is not what the run began with, and nobody saw the plugin read it: what pytest and its plugins read is no
input of tests. So the files that such plugins read are inputs of all tests where there are such variables.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["where_variables_come_from"]

# Set by what pytest's settings or the project's modules say, which count anyway; by lamina, pytest, and for coverage.
_KNOWN = frozenset({"DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "TZ", "TMPDIR", "PYTHONPATH"})
_KNOWN_BEGINNINGS = ("LAMINA_", "PYTEST_", "COV_", "COVERAGE_", "HYPOTHESIS_", "PY_")
_SETTINGS = ("pyproject.toml", ".env")


def where_variables_come_from(given: Iterable[str], files: Iterable[str]) -> set[str]:
    """Keys of inputs: files among `files` that may have variables in them; none if all that were `given` are known."""
    if all(name in _KNOWN or name.startswith(_KNOWN_BEGINNINGS) for name in given):
        return set()
    named = {path for path in files if _may_have_variables(path.rpartition("/")[2])}
    return {f"file:{path}" for path in named.union(_SETTINGS)}


def _may_have_variables(name: str) -> bool:
    return name.startswith(".env") or name.endswith(".env")
