"""Runs categories: grants slots to sessions, follows what they say, and makes records of it.

The engine lives in the doit process. It knows no doit task and no report; what happens it tells as events, and what
came of a category it returns as a `CategoryOutcome`.
"""

from __future__ import annotations

from lamina.engine.engine import Engine
from lamina.history.outcome import CategoryOutcome

__all__ = ["CategoryOutcome", "Engine"]
