"""Resources under plain pytest: one process, one test at a time, so each test has all it asks for."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.loading import load
from lamina.resources.arbiter import ALL
from lamina.resources.asking import needs_of
from lamina.resources.definitions import definitions
from lamina.resources.handing import handing
from lamina.resources.pools import Objects

__all__ = ["PlainHolder"]


class PlainHolder:
    """Hands the first units of each resource to every test."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            resources = load(config.rootpath).resources
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from error
        self._resources = definitions(resources, os.environ)
        self._objects = Objects(self._resources)
        config.add_cleanup(self._objects.close)

    def handing(self, item: pytest.Item) -> Callable[[str], Any]:
        """Gives objects by the test's own markers."""
        marks = [(mark.args, mark.kwargs) for mark in item.iter_markers("resource")]
        asked = needs_of(marks, (), self._resources)
        if asked.problems or asked.lack:
            pytest.fail("\n".join(asked.problems) or asked.lack, pytrace=False)
        units = {name: list(range(number % ALL)) for name, number in asked.needs.items()}
        # What its category needs can't be known here.
        return handing(self._objects, units, self._resources)

    def test_ended(self) -> None:
        """A test has ended."""
        self._objects.test_ended()
