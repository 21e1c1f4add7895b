"""The plain data that passes between the stations of a run: results of tests, categories, layers and the run itself,
and the events that tell of them while it goes on.

`RunRecord` is, field for field, what `results.json` holds (schema 1). Durations are in seconds, memory in bytes, times
in ISO 8601 UTC. Nothing here knows where a value comes from or who shows it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "OUTCOMES",
    "RESULTS_SCHEMA",
    "Attempt",
    "AuditFault",
    "AuditRecord",
    "CategoryFinished",
    "CategoryRecord",
    "CategoryStarted",
    "Collected",
    "Event",
    "LayerRecord",
    "Note",
    "Outcome",
    "RunHeader",
    "RunRecord",
    "Running",
    "Section",
    "ServiceRecord",
    "TestFinished",
    "TestRecord",
    "WorkerSpan",
]

RESULTS_SCHEMA = 1

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timeout", "not_run"]
OUTCOMES: tuple[Outcome, ...] = (
    "passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timeout", "not_run",
)  # fmt: skip
FAILING: frozenset[str] = frozenset({"failed", "error", "crashed", "timeout"})

# What a category or a layer came to. `cached`: nothing had to run; `empty`: no test matches; `not_run`: something before it
# failed, or the run ended first.
GroupOutcome = Literal["passed", "failed", "error", "cached", "empty", "not_run"]


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One execution of a test: its outcome, seconds, and the failure in one line (or empty)."""

    outcome: Outcome
    duration: float
    message: str = ""


class Section(msgspec.Struct, frozen=True, gc=False):
    """Output captured from a test: pytest's heading ("Captured stdout call") and the text."""

    heading: str
    text: str


# There may be 100,000 of them: what most of them lack is one shared empty tuple, and none is part of a cycle that the
# collector would have to look for.
class TestRecord(msgspec.Struct, kw_only=True, gc=False):
    """A test's result. `id` is pytest's node id; `reason` says why it ran, is cached, or did not run.

    `failure` is pytest's own representation of what failed, as text without colours; `sections` its captured output;
    both are empty for a test that passed quietly. `line` is 1-based; 0 when unknown. `phases` are the seconds of
    setup, call and teardown. `attempts` are left out of a pass: `results.json` has the one there. `started` is the wall clock
    at its start (ISO 8601 UTC), empty when it did not run.
    `left_behind` is what it changed in its process and did not put back, and what it left running or open there.
    `folder` is where its temporary files are kept (`preserve_on_failure`); empty if they are not.
    `resources` are the named resources that it held ("payment_gateway", "database (shared)", "selenium_drivers[3]"), `waited`
    the seconds that it waited for them after it could have run otherwise.
    """

    # pytest would otherwise try to collect this class wherever it is imported.
    __test__ = False

    id: str
    layer: str
    category: str
    outcome: Outcome
    cached: bool = False
    duration: float = 0.0
    attempts: tuple[Attempt, ...] = ()
    worker: str = ""
    started: str = ""
    memory_peak: int = 0
    memory_growth: int = 0
    reason: str = ""
    file: str = ""
    line: int = 0
    phases: tuple[float, float, float] = (0.0, 0.0, 0.0)
    failure: str = ""
    sections: tuple[Section, ...] = ()
    left_behind: tuple[str, ...] = ()
    folder: str = ""
    resources: tuple[str, ...] = ()
    waited: float = 0.0


class WorkerSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's life within a category, for the timeline: seconds since the run began; `end` says how it ended
    ("done", "SIGSEGV", "timeout", ...)."""

    worker: str
    category: str
    begin: float
    until: float
    end: str = "done"


class CategoryRecord(msgspec.Struct, kw_only=True):
    """A category's result. `counts` maps outcomes to numbers of tests and always adds up to its tests.

    `reason` says why it ran, was cached, or did not run. `summary` is the closing part of pytest's terminal output
    (failures, warnings summary, sections of plugins such as coverage), with colour codes when they were asked for.
    `collect_seconds` and `collect_errors` (one text each) are about its collection. `executed_at` is when the results were made
    (ISO 8601 UTC): for a cached category, the earlier run `executed_run`.
    """

    name: str
    layer: str
    outcome: GroupOutcome
    duration: float = 0.0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    reason: str = ""
    summary: str = ""
    collect_seconds: float = 0.0
    collect_errors: list[str] = msgspec.field(default_factory=list)
    executed_at: str = ""
    executed_run: str = ""


class LayerRecord(msgspec.Struct, kw_only=True):
    """A layer's result with its categories in the order of the configuration."""

    name: str
    outcome: GroupOutcome
    duration: float = 0.0
    categories: list[CategoryRecord] = msgspec.field(default_factory=list)
    reason: str = ""
    title: str = ""


class ServiceRecord(msgspec.Struct, kw_only=True):
    """A service of the run. `state`: stopped (it was up, and ended with the run), reused (somebody else's), kept up (by
    `doit services up`), failed (it did not start), interrupted (while it started) or died; `reason` says why in the last
    three, `log` is the end of what it wrote. `ready_seconds`: from its start until it was ready."""

    name: str
    state: str
    reason: str = ""
    pid: int = 0
    ports: dict[str, int] = msgspec.field(default_factory=dict)
    started: str = ""
    ready_seconds: float = 0.0
    log: str = ""


class RunHeader(msgspec.Struct, kw_only=True):
    """What identifies a run. `command` is what the user typed; `environment` the chosen environment ("" for none);
    `commit` the git commit of the tree, with "+changes" behind it when the work tree differs ("" outside git)."""

    id: str
    started: str
    duration: float = 0.0
    command: str = ""
    environment: str = ""
    interrupted: bool = False
    commit: str = ""
    slots: int = 0
    exit_status: int = 0


class AuditFault(msgspec.Struct, frozen=True, kw_only=True):
    """A result that would have been served as `served`, and was `executed` otherwise. `missing` are the inputs that it used and
    had not on record, in words; empty where none can be named. `at` is ISO 8601 UTC, `run` the run that found it."""

    test: str
    category: str
    served: str
    executed: str
    missing: tuple[str, ...] = ()
    at: str = ""
    run: str = ""


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Results that were executed although they could be served: how many in this run (`compared`) and which of them differed;
    how many ever, how many of those differed, and the share of wrong results that is not exceeded at a confidence of 95 %
    (`bound`). `earlier_faults` are the latest that other runs found."""

    compared: int = 0
    faults: list[AuditFault] = msgspec.field(default_factory=list)
    compared_ever: int = 0
    faulty_ever: int = 0
    bound: float = 1.0
    earlier_faults: list[AuditFault] = msgspec.field(default_factory=list)


class RunRecord(msgspec.Struct, kw_only=True):
    """Everything that results.json holds. `audit` is None as long as nothing was ever audited."""

    run: RunHeader
    layers: list[LayerRecord] = msgspec.field(default_factory=list)
    tests: list[TestRecord] = msgspec.field(default_factory=list)
    workers: list[WorkerSpan] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    audit: AuditRecord | None = None
    services: list[ServiceRecord] = msgspec.field(default_factory=list)
    schema: int = RESULTS_SCHEMA


# Events: the engine sends them, the terminal (and later the dashboard) reads them. They may come from several threads.


class CategoryStarted(msgspec.Struct, frozen=True):
    """A category's session begins to collect; `expected_tests` and `expected_seconds` are from its last run (0: unknown),
    `durations` the seconds that its tests took then."""

    category: str
    layer: str
    expected_tests: int = 0
    expected_seconds: float = 0.0
    durations: dict[str, float] = {}


class Collected(msgspec.Struct, frozen=True):
    """The category's tests are known."""

    category: str
    tests: int


class Running(msgspec.Struct, frozen=True):
    """What a category's workers do right now: worker name, test id, seconds since it began. Sent a few times a second."""

    category: str
    workers: list[tuple[str, str, float]]


class TestFinished(msgspec.Struct, frozen=True):
    """A test has its outcome; `before` is the one that it had so far, if another part of it has failed now (or empty)."""

    __test__ = False

    test: TestRecord
    before: str = ""


class CategoryFinished(msgspec.Struct, frozen=True):
    """A category is through; also sent for cached, empty and not_run ones."""

    record: CategoryRecord


class Note(msgspec.Struct, frozen=True):
    """Something the user should know, in one line: a worker died and was replaced, a cache file was set aside.
    `loud`: not to be overlooked."""

    text: str
    loud: bool = False


Event = CategoryStarted | Collected | Running | TestFinished | CategoryFinished | Note
