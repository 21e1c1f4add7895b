"""Which of the collected tests are this category's own.

A test belongs to the first category, in the order of the configuration, whose patterns match its file and whose marker and
keyword expressions match it; categories with `rest` come last. A whole file can be left out before it is imported when
no marker or keyword of an earlier category has to be asked.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from _pytest.mark import KeywordMatcher, MarkMatcher
from _pytest.mark.expression import Expression

from lamina.sources.patterns import Patterns
from lamina.workers.protocol import Claim

__all__ = ["Claims"]


class _Category:
    def __init__(self, claim: Claim) -> None:
        self.name = claim["name"]
        self.rest = claim["rest"]
        self._includes = Patterns(claim["include_patterns"])
        self._excludes = Patterns(claim["exclude_patterns"])
        self._anywhere = not claim["include_patterns"]
        self.markers = [Expression.compile(text) for text in claim["markers"]]
        self.keywords = [Expression.compile(text) for text in claim["keywords"]]
        self.conditional = bool(self.markers or self.keywords)

    def reaches(self, path: str) -> bool:
        """Could a test in this file be its own?"""
        if self._excludes.match(path):
            return False
        if self._anywhere:
            return self.conditional
        return self._includes.match(path)

    def accepts(self, item: pytest.Item) -> bool:
        marked = not self.markers or any(
            _evaluate(expression, MarkMatcher.from_markers(item.iter_markers())) for expression in self.markers
        )
        return marked and (
            not self.keywords
            or any(_evaluate(expression, KeywordMatcher.from_item(item)) for expression in self.keywords)
        )


def _evaluate(expression: Expression, matcher: Callable[..., bool]) -> bool:
    return expression.evaluate(matcher)


class Claims:
    """The claims of all categories, from the view of one of them, `own`."""

    def __init__(self, claims: list[Claim], own: str) -> None:
        self._own = own
        self._categories = [_Category(claim) for claim in claims]

    def may_own(self, path: str) -> bool:
        """Whether any test of the file (relative to the root) can be the category's own."""
        return any(category.name == self._own for category in self._candidates(path))

    def owns(self, item: pytest.Item, path: str) -> bool:
        """Whether a collected test is the category's own."""
        for category in self._candidates(path):
            if not category.conditional or category.accepts(item):
                return category.name == self._own
        return False

    def _candidates(self, path: str) -> list[_Category]:
        """The categories that could own tests of the file, in order, up to the first that owns all that is left."""
        found = []
        for category in self._categories:
            if category.reaches(path):
                found.append(category)
                if not category.conditional:
                    return found
        # `rest` takes what nobody claimed, whatever its own patterns say (they only let it claim more, earlier).
        found.extend(category for category in self._categories if category.rest and not category.conditional)
        return found
