"""Where a test is, as pytest says it in reports, without asking the file system of each test whether its file is there.

What pytest works out for a test (`Item.location`) takes a tenth of the time of one that does nothing, most of it for the path,
which is the same for all tests of a file.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import pytest
from _pytest.compat import get_real_func
from _pytest.pathlib import absolutepath
from _pytest.python import PyobjMixin

__all__ = ["Locations"]


class Locations:
    """Of the tests of one session, in one process."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._files: dict[str, str] = {}

    def know(self, item: pytest.Item) -> None:
        """Sets the test's `location`, where it is what pytest would find; leaves it to pytest where that can't be said."""
        kept = item.__dict__
        if "location" in kept or kept.get("_obj") is None or not isinstance(item, pytest.Function):
            return  # to ask for a function that pytest does not have yet may run code of the project
        kind = type(item)
        if kind.reportinfo is not PyobjMixin.reportinfo or kind.location is not pytest.Item.location:
            return  # a plugin's own kind of test
        function: Any = get_real_func(kept["_obj"])  # type: ignore[no-untyped-call]
        function = getattr(function, "__func__", function)
        if type(function) is not FunctionType or hasattr(function, "place_as"):
            return
        code = function.__code__
        file = self._files.get(code.co_filename)
        if file is None:
            path = absolutepath(code.co_filename)
            if not path.exists():
                return
            file = self._files[code.co_filename] = self._session._node_location_to_relpath(path)
        kept["location"] = (file, code.co_firstlineno - 1, item.getmodpath())
