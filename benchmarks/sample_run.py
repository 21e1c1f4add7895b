"""Runs made up for measuring and showing reports: as many tests as wanted, in the shape of a real project's.

The same arguments give the same run, to the byte.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from lamina.records import (
    Attempt,
    CategoryRecord,
    LayerRecord,
    Outcome,
    RunHeader,
    RunRecord,
    Section,
    TestRecord,
    WorkerSpan,
)

__all__ = ["sample_run"]

_BEGAN = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
_SHARES = {"unit": 0.55, "smoke": 0.03, "database": 0.12, "api": 0.2, "websocket": 0.1}
_LAYERS = {"fast_feedback": ("smoke", "unit"), "core_integration": ("database", "api", "websocket", "integration")}
_TITLES = {"fast_feedback": "Fast feedback", "core_integration": "Core integration"}
_WORKERS = {"smoke": 2, "unit": 4, "database": 2, "api": 3, "websocket": 2}
_SUBJECTS = ("orders", "invoices", "tax", "refunds", "stock", "carriers", "addresses", "sessions", "prices", "webhooks")
_VERBS = ("rounds", "keeps", "refuses", "merges", "splits", "retries", "orders", "totals", "expires", "escapes")
_OBJECTS = ("half_cents", "an_empty_cart", "two_currencies", "a_late_parcel", "a_double_click", "unicode_names", "leap_days")
_FAILURE = '''\
    def test_{name}(cart, rates):
        cart.add("tea", price=Decimal("2.475"), quantity=3)
>       assert cart.total(rates["CHF"]) == Decimal("7.45")
E       AssertionError: assert Decimal('7.43') == Decimal('7.45')
E        +  where Decimal('7.43') = total(Rate(code='CHF', step=Decimal('0.05')))
E        +    where total = Cart(lines=1, currency='CHF').total

{file}:{line}: AssertionError'''
_OUTPUT = "cart: 3 × tea at 2.475\nrate: CHF, rounded to steps of 0.05\n"


def sample_run(tests: int = 1_200, failing: int = 3, cached: bool = False, seed: int = 1) -> RunRecord:
    """A run of five categories in two layers with `tests` tests; `api` comes from cache, `failing` tests of unit or
    database failed, or nothing was executed at all where `cached` is set."""
    chance = random.Random(seed)
    run = RunRecord(
        run=RunHeader(
            id="20260314-092653-1a2b",
            started=_stamp(0.0),
            command="doit -n 4 core_integration",
            commit="5d41402abc4b2a76b9719d911017c592ae7f5b1c",
            slots=4,
        )
    )
    clock = 0.4
    for layer, categories in _LAYERS.items():
        record = LayerRecord(name=layer, outcome="passed", title=_TITLES[layer])
        begin = clock
        for category in categories:
            number = round(tests * _SHARES.get(category, 0))
            served = cached or category == "api"
            broken = 0 if served else {"unit": failing - failing // 3, "database": failing // 3}.get(category, 0)
            until = _category(run, record, category, number, broken, served, clock, chance)
            clock = until if layer == "fast_feedback" else max(clock, until)
        record.duration = clock - begin
        record.outcome = _worst(record)
        run.layers.append(record)
    run.run.duration = clock + 0.3
    run.run.exit_status = int(any(layer.outcome == "failed" for layer in run.layers))
    return run


def _category(
    run: RunRecord, layer: LayerRecord, name: str, number: int, broken: int, served: bool, begin: float, chance: random.Random
) -> float:
    """Adds a category and its tests; returns when it ended."""
    if not number:
        layer.categories.append(CategoryRecord(name=name, layer=layer.name, outcome="empty", reason="no test file matches"))
        return begin
    reason = "nothing changed since 2026-03-14T08:11:02Z" if served else "2 files changed: src/shop/cart.py, src/shop/rates.py"
    lanes = [begin + 0.25 + 0.01 * lane for lane in range(_WORKERS[name])]
    spread = set(chance.sample(range(number), min(broken, number)))
    own = []
    for index in range(number):
        test = _test(name, layer.name, index, index in spread, chance)
        test.reason = f"cached: {reason}" if served else test.reason or reason
        test.cached = served
        lane = min(range(len(lanes)), key=lanes.__getitem__)
        test.worker, test.started = f"gw{lane}", _stamp(lanes[lane])
        lanes[lane] += test.duration + 0.0004
        own.append(test)
    run.tests.extend(own)
    end = begin if served else max(lanes)
    if not served:
        run.workers.extend(
            WorkerSpan(worker=f"gw{lane}", category=name, begin=begin + 0.2, until=until) for lane, until in enumerate(lanes)
        )
    counts: dict[str, int] = {}
    for test in own:
        counts[test.outcome] = counts.get(test.outcome, 0) + 1
    outcome = "cached" if served else ("failed" if broken else "passed")
    layer.categories.append(
        CategoryRecord(
            name=name, layer=layer.name, outcome=outcome, duration=end - begin, counts=counts, reason=reason,
            executed_at="2026-03-14T08:11:02Z" if served else run.run.started, executed_run=run.run.id,
        )
    )  # fmt: skip
    return end


def _test(category: str, layer: str, index: int, broken: bool, chance: random.Random) -> TestRecord:
    subject = _SUBJECTS[index // 40 % len(_SUBJECTS)]
    name = f"{chance.choice(_VERBS)}_{chance.choice(_OBJECTS)}"
    file = f"tests/{category}/test_{subject}{index // 400 or ''}.py"
    line = 10 + index % 40 * 7
    seconds = round(min(chance.expovariate(1 / 0.012) + (1.4 if index % 151 == 7 else 0.0), 4.0), 6)
    draw = chance.random()
    outcome: Outcome = "failed" if broken else "skipped" if draw < 0.012 else "xfailed" if draw < 0.015 else "passed"
    test = TestRecord(
        id=f"{file}::test_{name}[{index}]", layer=layer, category=category, outcome=outcome, duration=seconds, file=file, line=line,
        phases=(0.0002, seconds - 0.0003, 0.0001), memory_peak=41_000_000 + index,
        attempts=[Attempt(outcome, seconds, "AssertionError: assert Decimal('7.43') == Decimal('7.45')" if broken else "")],
    )  # fmt: skip
    if outcome == "skipped":
        test.reason = "needs a PostgreSQL server"
    elif outcome == "xfailed":
        test.reason = "rounding of negative totals, #214"
    if broken:
        test.failure = _FAILURE.format(name=name, file=file, line=line + 3)
        test.sections = [Section("Captured stdout call", _OUTPUT), Section("Captured log call", "WARNING  shop.rates:rates.py:41 stale rate\n")]
    return test


def _worst(layer: LayerRecord) -> str:
    outcomes = {category.outcome for category in layer.categories}
    return next((outcome for outcome in ("failed", "passed", "cached") if outcome in outcomes), "empty")


def _stamp(seconds: float) -> str:
    return (_BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
