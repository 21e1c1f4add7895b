"""The circuit breaker's states, and what counts as a failure of infrastructure."""

from __future__ import annotations

import pytest

from lamina.workers.breaker import PROBES, Breaker, is_infrastructure
from lamina.workers.protocol import ResultRow


def row(outcome: str, message: str = "") -> ResultRow:
    return ResultRow(
        id="test_a.py::test_a", outcome=outcome, phases=(0.0, 0.0, 0.0), started=0.0, worker="gw0", memory=0, file="", line=0,
        message=message, failure="", sections=[], reason="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "message", "expected"),
    [
        ("crashed", "", True),
        ("timeout", "", True),
        ("error", "ConnectionRefusedError: [Errno 111] Connection refused", True),
        ("error", "sqlalchemy.exc.OperationalError: no", True),
        ("error", "fixture 'databse' not found", False),
        ("error", "NameError: name 'x' is not defined", False),
        ("error", "assert 1 == 2", False),
        ("failed", "ConnectionRefusedError: [Errno 111] Connection refused", False),
        ("passed", "", False),
        ("xfailed", "", False),
        ("skipped", "", None),
        ("not_run", "", None),
    ],
)
def test_what_is_infrastructure(outcome: str, message: str, expected: bool | None) -> None:
    assert is_infrastructure(row(outcome, message)) is expected


def opened(threshold: int = 3) -> Breaker:
    breaker = Breaker(threshold, pause=10)
    for now in range(threshold):
        breaker.heard(True, now)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(3, pause=10)
    for failed in (True, True, False, True, None, True):
        breaker.heard(failed, 0)
    assert breaker.state == "closed"
    breaker.heard(True, 0)
    assert breaker.state == "open"


def test_nothing_opens_one_without_threshold() -> None:
    breaker = Breaker(0, pause=10)
    for _ in range(100):
        breaker.heard(True, 0)
    assert breaker.state == "closed"


def test_a_probe_is_due_after_the_pause_and_closes_it() -> None:
    breaker = opened()
    assert not breaker.is_due(11.9)
    assert breaker.is_due(12)
    breaker.try_one()
    assert not breaker.is_due(12)
    breaker.heard(False, 13)
    assert (breaker.state, breaker.in_a_row) == ("closed", 0)


def test_it_gives_up_after_its_probes() -> None:
    breaker, now = opened(), 2.0
    for number in range(PROBES):
        assert breaker.state == "open", number
        now += 10
        assert breaker.is_due(now)
        breaker.try_one()
        breaker.heard(True, now)
    assert breaker.state == "given_up"
    breaker.heard(False, now)
    assert breaker.state == "given_up"


def test_a_probe_that_says_nothing_is_tried_again_at_once() -> None:
    breaker = opened()
    breaker.try_one()
    breaker.heard(None, 20)
    breaker.missed(20)
    assert breaker.is_due(20)
