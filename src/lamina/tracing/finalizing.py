"""Keeps probes in their places while the interpreter ends.

Python takes everything out of the builtins that it had not put there itself, and finalizes the last modules and their objects
behind that (`finalize_modules` in its pylifecycle.c). What these still execute has its probes, and would fail without what those
look for. Forked workers don't come here, but programs do that tests start.
"""

from __future__ import annotations

import builtins
from typing import Any

from lamina.tracing.recorder import Recorder

__all__ = ["stay_to_the_end"]


def stay_to_the_end(recorder: Recorder) -> None:
    """The recorder's probes do, from now on."""
    variables = vars(builtins)
    variables["__lamina_last__"] = _Last(recorder, variables)


class _Last:
    """Nothing but the builtins has it: its own end tells that they have been emptied."""

    def __init__(self, recorder: Recorder, variables: dict[str, Any]) -> None:
        self._recorder = recorder
        self._variables = variables

    def __del__(self) -> None:
        self._recorder.end(self._variables)
