"""Runs as reports get them: one of a shop that has every kind of outcome, one with hostile texts, and large ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from lamina.records import (
    Attempt,
    CategoryRecord,
    GroupOutcome,
    LayerRecord,
    Outcome,
    RunHeader,
    RunRecord,
    Section,
    TestRecord,
    WorkerSpan,
)

BEGAN = datetime(2025, 11, 20, 9, 30, 12, 345000, UTC)
EARLIER = "2025-11-20T09:12:40.118Z"

# Texts that a careless report would obey instead of showing.
HOSTILE = {
    "script": "<script>document.title='hacked'</script>",
    "image": "<img src=x onerror=\"document.title='hacked'\">",
    "style": "</style><script>document.title='hacked'</script>",
    "pre": "</pre></details><h1>hacked</h1>",
    "svg": "</title></svg><script>document.title='hacked'</script>",
    "quotes": "\" onclick='x' \"",
    "ampersand": "&lt;b&gt; &amp; &#0;",
    "cdata": "]]><x/>",
    "template": "{{ 7 * 7 }} {% raw %}",
    "emoji": "🐍👩‍👩‍👧‍👦 naïve ☃",
    "colons": "a::b::c",
    "slashes": "../../etc/passwd",
    "brackets": "x[y]z][",
    "long": "x" * 10_000,
    "surrogate": "caf\udce9",
    "colour": "\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07",
    "control": "\x00\x01\x08\x0b\x0c\x1f\x7f\x85\u2028\ufffe",
    "lines": "one\ntwo\r\nthree\tfour",
    "right to left": "abc\u202ecba",
    "json": '","tests":[],"x":"\\',
}


def at(seconds: float) -> str:
    """The time that many seconds after the run began."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_test(name: str, outcome: Outcome = "passed", **fields: Any) -> TestRecord:
    """A test in tests/unit/test_prices.py unless `name` is a whole id; what is not given is as for a quick one."""
    test_id = name if "::" in name else f"tests/unit/test_prices.py::{name}"
    duration = fields.pop("duration", 0.012)
    message = fields.pop("message", "")
    ran = outcome != "not_run"
    values: dict[str, Any] = {
        "layer": "fast_feedback",
        "category": "unit",
        "duration": duration if ran else 0.0,
        "attempts": (Attempt(outcome, duration, message),) if ran else (),
        "worker": "gw0" if ran else "",
        "started": at(0.8) if ran else "",
        "reason": "2 files changed: src/shop/prices.py, src/shop/cart.py",
        "file": test_id.partition("::")[0],
        "line": 12,
        "phases": (0.001, max(duration - 0.002, 0.0), 0.001) if ran else (0.0, 0.0, 0.0),
        **fields,
    }
    return TestRecord(id=test_id, outcome=outcome, **values)


def make_run(tests: list[TestRecord], exit_status: int | None = None, **header: Any) -> RunRecord:
    """A run of these tests: its layers, categories and counts are theirs."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for test in tests:
        counts.setdefault((test.layer, test.category), Counter())[test.outcome] += 1
    layers: dict[str, LayerRecord] = {}
    for (layer, category), own in counts.items():
        members = [test for test in tests if test.category == category]
        record = CategoryRecord(
            name=category,
            layer=layer,
            outcome=_outcome(members),
            duration=_wall(members),
            counts=dict(own),
            reason=members[0].reason.removeprefix("cached: "),
            executed_at=EARLIER if all(test.cached for test in members) else at(0),
            executed_run="20251120-093012-1f",
        )
        layers.setdefault(layer, LayerRecord(name=layer, outcome="passed")).categories.append(record)
    for layer_record in layers.values():
        outcomes = [category.outcome for category in layer_record.categories]
        layer_record.outcome = next(
            (name for name in ("error", "failed", "not_run", "passed") if name in outcomes), "cached"
        )
        layer_record.duration = _wall([test for test in tests if test.layer == layer_record.name])
    bad = any(layer_record.outcome in ("error", "failed") for layer_record in layers.values())
    values: dict[str, Any] = {
        "id": "20251120-093012-1f",
        "started": at(0),
        "duration": 6.42,
        "command": "doit core_integration",
        "environment": "ci",
        "commit": "4f2a9c1+changes",
        "slots": 4,
        **header,
    }
    head = RunHeader(exit_status=int(bad) if exit_status is None else exit_status, **values)
    return RunRecord(run=head, layers=list(layers.values()), tests=tests)


def _wall(tests: list[TestRecord]) -> float:
    """Seconds from the first test's start to the last one's end."""
    lives = [
        (datetime.fromisoformat(test.started).timestamp(), test.duration)
        for test in tests
        if test.started and not test.cached
    ]
    return max(begin + seconds for begin, seconds in lives) - min(lives)[0] if lives else 0.0


def _outcome(tests: list[TestRecord]) -> GroupOutcome:
    outcomes = {test.outcome for test in tests}
    if outcomes & {"failed", "crashed", "timeout", "error"}:
        return "failed"
    if outcomes == {"not_run"}:
        return "not_run"
    return "cached" if all(test.cached for test in tests) else "passed"


FAILURE = """\
    def test_discount_is_taken_once() -> None:
        cart = Cart([Item("tea", price=450), Item("cup", price=1200)])
        cart.apply(Discount(percent=10))
        cart.apply(Discount(percent=10))
>       assert cart.total() == 1485
E       assert 1336 == 1485
E        +  where 1336 = total()
E        +    where total = <Cart of 2 items, 2 discounts>.total

tests/api/test_cart.py:41: AssertionError"""

ERROR = """\
    @pytest.fixture
    def database(tmp_path):
>       return Database.open(tmp_path / "shop.db", schema=SCHEMA)

tests/database/conftest.py:14:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
E       sqlite3.OperationalError: near "TABEL": syntax error

src/shop/store.py:58: OperationalError"""

TIMEOUT = """\
over its limit of 5 s (test_timeout_seconds). What each thread did:

Thread "MainThread":
  File "tests/integration/test_orders.py", line 77, in test_order_waits_for_stock
    stock.wait_until(available=3)
  File "src/shop/stock.py", line 31, in wait_until
    self._changed.wait()"""


def rich_run() -> RunRecord:
    """Every outcome in three layers, on four workers, as a shop's tests may come to."""
    tests: list[TestRecord] = []
    clock = [0.6, 0.6, 0.6, 0.6]
    modules = {"cart": 14, "prices": 22, "catalogue": 18, "orders": 16, "stock": 12, "vouchers": 9}
    for number, (module, index) in enumerate(
        (module, index) for module, size in modules.items() for index in range(size)
    ):
        worker = min(range(4), key=lambda slot: clock[slot])
        duration = 0.004 + (number * 37 % 23) * 0.006 + (0.4 if number % 29 == 7 else 0.0)
        tests.append(
            make_test(
                f"tests/unit/test_{module}.py::test_{_DEEDS[number % len(_DEEDS)]}[{index}]",
                duration=duration,
                worker=f"gw{worker}",
                started=at(clock[worker]),
                line=10 + 6 * index,
            )
        )
        clock[worker] += duration + 0.003
    tests += [
        make_test("tests/unit/test_prices.py::test_rounding_in_yen", "xfailed", reason="issue 212: yen has no cents"),
        make_test("tests/unit/test_prices.py::test_rounding_in_dinar", "xpassed", reason="issue 212: dinar has three"),
        make_test("tests/unit/test_mail.py::test_sends", "skipped", reason="no mail server configured", duration=0.0),
    ]
    smoke: dict[str, Any] = {
        "layer": "fast_feedback",
        "category": "smoke",
        "cached": True,
        "worker": "gw0",
        "started": "2025-11-20T09:12:41Z",
    }
    why: dict[str, Any] = {"reason": f"cached: nothing changed since {EARLIER}"}
    tests[:0] = [
        make_test(f"tests/smoke/test_start.py::test_page_{page}", **smoke, **why) for page in ("home", "cart", "help")
    ]
    core: dict[str, Any] = {"layer": "core_integration", "reason": "never run before"}
    later = max(clock) + 0.2
    captured = (
        Section("Captured stdout call", "cart: tea 4.50, cup 12.00\ndiscount 10 % -> 14.85\ndiscount 10 % -> 13.36\n"),
        Section("Captured log call", "WARNING  shop.cart:cart.py:64 a discount was given twice\n"),
    )
    tests += [
        make_test(f"tests/api/test_{name}.py::test_answers[{method}]", duration=0.11 + 0.03 * number, category="api",
                  worker="gw1", started=at(later + 0.85 + 0.25 * number), **core)
        for number, (name, method) in enumerate([("cart", "GET"), ("cart", "POST"), ("prices", "GET"), ("stock", "GET")])
    ]  # fmt: skip
    tests += [
        make_test(
            "tests/api/test_cart.py::test_discount_is_taken_once", "failed", duration=0.031, line=41, failure=FAILURE,
            message="assert 1336 == 1485", sections=captured, category="api", worker="gw1", started=at(later + 1.85), **core,
        ),
    ]  # fmt: skip
    tests += [
        make_test(
            f"tests/database/test_store.py::TestStore::test_keeps_{thing}", duration=0.18 + 0.07 * number, layer=core["layer"],
            category="database", reason=core["reason"], worker=f"gw{number % 2}", started=at(later + 0.3 * (number // 2)),
        )
        for number, thing in enumerate(["orders", "customers", "prices", "nothing", "everything"])
    ]  # fmt: skip
    tests += [
        make_test(
            "tests/database/test_store.py::TestStore::test_migrates", "error", duration=0.05, line=66, failure=ERROR,
            message='sqlite3.OperationalError: near "TABEL": syntax error', category="database", worker="gw0",
            started=at(later + 1.0), **core,
        ),
        make_test(
            "tests/integration/test_images.py::test_thumbnail[broken.png]", "crashed", duration=0.42, line=23,
            failure="worker gw2 died of SIGSEGV while it ran this test", message="died of SIGSEGV", category="integration",
            worker="gw2", started=at(later), **core,
        ),
        make_test(
            "tests/integration/test_orders.py::test_order_waits_for_stock", "timeout", duration=2.0, line=71, failure=TIMEOUT,
            message="over its limit of 2 s (test_timeout_seconds)", category="integration", worker="gw3", started=at(later),
            **core,
        ),
        make_test("tests/integration/test_orders.py::test_order_is_shipped", category="integration", duration=1.31,
                  worker="gw2", started=at(later + 0.6), **core),
    ]  # fmt: skip
    gone: dict[str, Any] = {
        "layer": "service_integration",
        "category": "e2e_critical",
        "reason": "core_integration failed",
    }
    tests += [
        make_test(f"tests/e2e_critical/test_buy.py::test_buys_{thing}", "not_run", **gone) for thing in ("tea", "a cup")
    ]
    run = make_run(tests, exit_status=1, duration=later + 2.3)
    run.layers[0].title = "Fast feedback"
    run.layers[1].categories.append(
        CategoryRecord(name="websocket", layer="core_integration", outcome="empty", reason="no test file matches")
    )
    run.workers = [
        WorkerSpan(worker=f"gw{slot}", category="unit", begin=0.55, until=clock[slot], end="done") for slot in range(4)
    ]
    run.notes = ["worker gw2 died of SIGSEGV; another one went on in its place"]
    return run


_DEEDS = (
    "adds",
    "refuses_negative",
    "rounds_half_even",
    "keeps_order",
    "is_empty_at_first",
    "knows_its_currency",
    "sums_up",
)


def hostile_run() -> RunRecord:
    """Failures whose every text is hostile, one for each of `HOSTILE`."""
    tests = [
        make_test(
            f"tests/unit/test_{text}.py::Test{text}::test_x[{text}]", "failed", message=text, reason=text, failure=f"E   {text}",
            sections=(Section(f"Captured stdout {text}", text),), worker="gw0", file=f"tests/unit/test_{text}.py",
        )
        for text in HOSTILE.values()
    ]  # fmt: skip
    tests += [make_test(f"tests/unit/test_y.py::test_y[{text}]", "skipped", reason=text) for text in HOSTILE.values()]
    everything = " ".join(HOSTILE.values())
    run = make_run(tests, command=everything, environment=everything, commit=everything)
    run.notes = list(HOSTILE.values())
    run.layers[0].title = everything
    run.layers[0].reason = everything
    category = run.layers[0].categories[0]
    category.outcome, category.reason, category.summary = "error", everything, everything
    category.collect_errors = list(HOSTILE.values())
    return run


def large_run(number: int, failing: int = 0) -> RunRecord:
    """`number` tests in files of 50, `failing` of them failed with a text of usual length."""
    tests = []
    for index in range(number):
        outcome: Outcome = "failed" if index < failing else "passed"
        tests.append(
            make_test(
                f"tests/unit/package_{index // 500}/test_module_{index // 50}.py::TestThings::test_number_{index}[a-{index % 7}]",
                outcome,
                duration=0.001 * (index % 40),
                worker=f"gw{index % 8}",
                started=at(0.5 + index * 0.0025),
                line=10 + index % 50 * 4,
                message="assert 1336 == 1485" if outcome == "failed" else "",
                failure=FAILURE if outcome == "failed" else "",
            )
        )
    return make_run(tests, duration=0.5 + number * 0.0025, slots=8)
