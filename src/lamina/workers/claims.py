"""Which of the collected tests are this category's own.

The rule is in `lamina.sources.claims`; here it is asked of files before they are imported, and of tests.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from _pytest.mark import KeywordMatcher, MarkMatcher
from _pytest.mark.expression import Expression

from lamina.sources.claims import Claimant, candidates
from lamina.workers.protocol import Claim

__all__ = ["Claims"]


class _Category(Claimant):
    def __init__(self, claim: Claim) -> None:
        super().__init__(claim["name"], claim)
        self._markers = [Expression.compile(text) for text in claim["markers"]]
        self._keywords = [Expression.compile(text) for text in claim["keywords"]]

    def accepts(self, item: pytest.Item) -> bool:
        """Whether the test has any of the markers, and any of the keywords, that the category asks for."""
        marked = not self._markers or any(
            _evaluate(expression, MarkMatcher.from_markers(item.iter_markers())) for expression in self._markers
        )
        return marked and (
            not self._keywords
            or any(_evaluate(expression, KeywordMatcher.from_item(item)) for expression in self._keywords)
        )


def _evaluate(expression: Expression, matcher: Callable[..., bool]) -> bool:
    return expression.evaluate(matcher)


class Claims:
    """The claims of all categories, from the view of one of them, `own`."""

    def __init__(self, claims: list[Claim], own: str) -> None:
        self._own = own
        self._categories = [_Category(claim) for claim in claims]
        self._candidates: dict[str, list[_Category]] = {}

    def may_own(self, path: str) -> bool:
        """Whether any test of the file (relative to the root) can be the category's own."""
        return any(category.name == self._own for category in self._of(path))

    def owns(self, item: pytest.Item, path: str) -> bool:
        """Whether a collected test is the category's own."""
        for category in self._of(path):
            if not category.conditional or category.accepts(item):
                return category.name == self._own
        return False

    def _of(self, path: str) -> list[_Category]:
        if path not in self._candidates:  # asked for each test
            self._candidates[path] = candidates(self._categories, path)
        return self._candidates[path]
