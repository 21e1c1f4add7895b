from __future__ import annotations

import gc

from lamina.workers import garbage


def test_tests_run_under_the_usual_thresholds() -> None:
    before = gc.get_threshold()
    garbage.seldom()
    try:
        assert gc.isenabled() and gc.get_threshold()[0] > before[0]
    finally:
        garbage.as_usual()
    assert gc.get_threshold() == before
