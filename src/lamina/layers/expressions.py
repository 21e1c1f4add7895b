"""Checks single texts of a category that have a grammar of their own: marker and keyword expressions, file patterns,
environment variables. Each function gives what is wrong and what is allowed, or None."""

from __future__ import annotations

import re

__all__ = ["expression_problem", "keyword_problem", "pattern_problem", "variable_problem"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CALLED = re.compile(r"([\w:+\-.\[\]\\/]+)\s*\(")
_BACKSLASH_AS_SEPARATOR = re.compile(r"\\[A-Za-z0-9_.]")


def expression_problem(text: str) -> tuple[str, str] | None:
    """For an expression as `pytest -m` and `-k` take them, by the parser of the pytest that will run it."""
    allowed = "names with and, or, not and brackets, as after pytest -m and -k"
    if not text.strip():
        return "is empty", allowed
    try:
        # Only configurations with expressions pay for the import. It is pytest's own, with no public name.
        from _pytest.mark.expression import Expression
    except ImportError:
        return None
    try:
        Expression.compile(text)
    # Older versions raise an error class of their own, newer ones SyntaxError; deep nesting is a RecursionError.
    except Exception as error:
        return f"is not an expression: {getattr(error, 'msg', None) or error}", allowed
    return None


def keyword_problem(text: str) -> tuple[str, str] | None:
    """For a keyword expression. It has the grammar of a marker expression, but pytest refuses arguments when a test is
    held against it, which is too late."""
    if set(_CALLED.findall(text)) - {"and", "or", "not"}:
        return "has a name with arguments, which only markers take", "names with and, or, not and brackets"
    return expression_problem(text)


def pattern_problem(text: str) -> tuple[str, str] | None:
    """For a gitignore-style pattern of files in the project."""
    allowed = "a gitignore-style pattern from the project's root, such as tests/unit/** or **/test_api_*.py"
    if text.startswith("!"):
        return "starts with !, which is for ignore files", "exclude_patterns for what is to be left out"
    if ".." in text.split("/"):
        return "leads out of the project", allowed
    if _BACKSLASH_AS_SEPARATOR.search(text):
        return "has a backslash between folders", "/ between folders, on every system"
    return None


def variable_problem(name: str, value: str) -> tuple[str, str] | None:
    """For an environment variable that is set for tests."""
    if not _VARIABLE.fullmatch(name):
        return "is not the name of a variable", "letters, digits and _, not starting with a digit"
    if "\0" in value:
        return "has a zero byte in its value", "text without zero bytes"
    return None
