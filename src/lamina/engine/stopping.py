"""What ends a run, or one of its layers, before all tests have run: too many failures, or too long a time.

It only counts and says so; who ends what is the engine's matter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from lamina.layers.model import Category, Layer
from lamina.reports.wording import plural

__all__ = ["Stopping"]


class Stopping:
    """Counts failed tests of `layers` and looks at the clock. `overall` failures end the run (0: never). Any thread may
    call it."""

    def __init__(self, overall: int, layers: Sequence[Layer]) -> None:
        self._overall = overall
        self._layers = {layer.name: layer for layer in layers}
        self._failed: dict[str, set[str]] = {layer.name: set() for layer in layers}
        self._began: dict[str, float] = {}
        self._lock = threading.Lock()

    def failed(self, layer: str, test: str) -> None:
        """A test has failed; one that fails twice counts once."""
        with self._lock:
            self._failed[layer].add(test)

    def reason(self, layer: str) -> str:
        """Why nothing further of `layer` may begin; empty while it may."""
        left, reason = self.left(layer)
        return reason if left == 0 else ""

    def left(self, layer: str) -> tuple[int, str]:
        """How many more tests of `layer` may fail until it ends (-1: any number), and the reason that it ends for then."""
        with self._lock:
            own, here = self._layers[layer].fail_fast_threshold, len(self._failed[layer])
            everywhere = sum(map(len, self._failed.values()))
        limits = []
        if self._overall:
            limits.append((self._overall - everywhere, _text(self._overall, "fail_fast_threshold")))
        if own:
            limits.append((own - here, _text(own, f"the layer's fail_fast_threshold in {layer}")))
        left, reason = min(limits, default=(-1, ""), key=lambda limit: limit[0])
        return (max(0, left) if limits else -1), reason

    def seconds_left(self, layer: str, category: Category) -> tuple[float, str]:
        """How long a category of `layer` that begins now may take, and what to say when it took longer. The layer's time
        begins with the first call for it."""
        minutes = self._layers[layer].max_duration_minutes
        now = time.monotonic()
        with self._lock:
            left = self._began.setdefault(layer, now) + minutes * 60 - now
        if left < category.timeout_seconds:
            return max(0.0, left), f"its layer {layer} is over its limit of {minutes:g} min (max_duration_minutes)"
        return category.timeout_seconds, f"over its limit of {category.timeout_seconds:g} s (timeout_seconds)"


def _text(failures: int, key: str) -> str:
    return f"stopped after {plural(failures, 'failure')} ({key})"
