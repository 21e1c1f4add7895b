"""What pytest knows from lamina in any run: the markers, and the fixture `lamina_resource`.

Under plain pytest nothing runs beside a test, so markers ask for what the test has anyway; the fixture makes objects by the
project's configuration all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest

__all__ = ["HOLDER", "Holder", "lamina_resource"]


class Holder(Protocol):
    """Who knows what a test was granted."""

    def handing(self, item: pytest.Item) -> Callable[[str], Any]:
        """What gives the objects of a test by the name of the resource."""

    def test_ended(self) -> None:
        """The test that had them is torn down."""


# Set by lamina's sessions.
HOLDER = pytest.StashKey[Holder]()

_MARKERS = (
    "resource(*names, shared=False, count=1): the test needs these resources (lamina).",
    'depends(on, scope="module"): the test runs after those that `on` names, if they pass (lamina).',
)


def pytest_configure(config: pytest.Config) -> None:
    """Makes the markers known to `--strict-markers`."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


@pytest.fixture
def lamina_resource(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Gives the object of a resource that the test asks for: `lamina_resource("selenium_drivers")`; a list when it asks for
    more than one."""
    config = request.config
    if HOLDER not in config.stash:
        from lamina.resources.plain import PlainHolder

        config.stash[HOLDER] = PlainHolder(config)
    holder = config.stash[HOLDER]
    request.addfinalizer(holder.test_ended)
    return holder.handing(request.node)
