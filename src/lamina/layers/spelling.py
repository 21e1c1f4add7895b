"""Finds what a user probably meant by a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "listed"]

# difflib's default of 0.6 proposes `unit` for `nit`, and nothing for words that only share an ending.
_CLOSE_ENOUGH = 0.6


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`, did you mean NAME?` for the option most like `word`, or "" when none is."""
    # Only wrong input pays for the import.
    import difflib

    close = difflib.get_close_matches(word, list(options), n=1, cutoff=_CLOSE_ENOUGH)
    return f", did you mean {close[0]}?" if close else ""


def listed(names: Iterable[str]) -> str:
    """The names as a sentence has them: `a, b, c`, or `none`."""
    return ", ".join(names) or "none"
