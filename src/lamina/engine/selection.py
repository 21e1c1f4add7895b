"""Which tests of a category have to run, and the results of the others from the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lamina.cache.bounds import renew
from lamina.cache.database import CacheDatabase, cache_file
from lamina.cache.deciding import Decision, Served, decide
from lamina.cache.origins import origin_text, origins
from lamina.cache.present import Present
from lamina.engine.audit import REASON, drawn
from lamina.history.outcome import CategoryOutcome
from lamina.records import Attempt, CategoryRecord, TestRecord
from lamina.sources.tree import Table

__all__ = ["Asked", "Selection", "select"]


class Asked(NamedTuple):
    """A category that is asked for: its test `files`, the fingerprint of its configuration (`state`), the project's files,
    whether tests may be in other files too (doctests), whether everything is to be run (`fresh`), whether tests are traced,
    the probability with which a test is audited, and what of a file counts for a test: block or file (`granularity`);
    `databases` are the fingerprints of what the configuration says of each."""

    name: str
    layer: str
    files: Sequence[str]
    state: str
    table: Table
    anywhere: bool
    fresh: bool
    traced: bool = True
    audit_share: float = 0.0
    granularity: str = "block"
    databases: Mapping[str, str] | None = None


def select(cache_dir: str, root: str, asked: Asked, environment: Mapping[str, str]) -> Selection:
    """Asks the cache."""
    if asked.fresh or not asked.traced:
        return Selection(asked, Decision({}, {}, {}), [])
    database = CacheDatabase(cache_file(root, cache_dir))
    with database.reading() as connection:
        if connection is None:
            return Selection(asked, Decision({}, {}, {}), database.notes)
        present = Present(
            root, asked.table, environment, categories={asked.name: asked.state}, databases=asked.databases
        )
        decision = decide(connection, present, asked.name, asked.granularity)
        known = origins(connection)
    renew(database, decision.aging)
    return Selection(asked, decision, database.notes, {run: origin_text(origin, root) for run, origin in known.items()})


class Selection:
    """`only` are the Python files to collect (None: all), `served` the results that are valid, by test; `reasons` say why
    other tests have to run. `origins` say in words what is known of runs."""

    def __init__(
        self, asked: Asked, decision: Decision, notes: list[str], origins: Mapping[str, str] | None = None
    ) -> None:
        self.notes = notes
        self._origins = origins or {}
        audited = drawn(decision.served, asked.audit_share)
        self.audited = {test: decision.served[test] for test in audited}
        self.served = {test: one for test, one in decision.served.items() if test not in audited}
        self.reasons = decision.reasons
        self._asked = asked
        self._known = {path: decision.files[path] for path in asked.files if path in decision.files}
        self._whole = {path: tests for path, tests in self._known.items() if all(test in self.served for test in tests)}
        collected = [path for path in asked.files if path not in self._whole]
        self._has_others = bool(decision.elsewhere)
        is_anywhere = asked.anywhere or any(path.endswith(".py") for path in decision.elsewhere)
        self.only: list[str] | None = None if is_anywhere or not self._whole else collected

    @property
    def is_complete(self) -> bool:
        """Whether nothing has to run, nor even to be collected."""
        return self.only == [] and bool(self._whole) and not self._has_others

    def reason(self, test: str, fallback: str) -> str:
        """Why a test has to run."""
        if test in self.audited:
            return REASON
        return self.reasons.get(test) or (fallback if not self._known and not self.served else "new, or never passed")

    def outcome(self, run_id: str) -> CategoryOutcome:
        """The category's outcome when all comes from cache."""
        tests = self._records(test for tests in self._whole.values() for test in tests)
        record = CategoryRecord(
            name=self._asked.name, layer=self._asked.layer, outcome="cached" if tests else "empty",
            reason="every test has a valid result" if tests else "no test matches", executed_run=run_id,
            counts=dict(Counter[str](test.outcome for test in tests)),
            executed_at=max((test.started for test in tests), default=""),
        )  # fmt: skip
        return CategoryOutcome(record=record, tests=tests)

    def complete(self, outcome: CategoryOutcome, collected: Iterable[str]) -> CategoryOutcome:
        """Adds the served results to what was executed: those of files that were not collected, and of the tests that a
        collected file still has."""
        uncollected = () if self.only is None else (test for tests in self._whole.values() for test in tests)
        executed = {test.id for test in outcome.tests}
        served = [test for test in self._records((*uncollected, *collected)) if test.id not in executed]
        if not served:
            return outcome
        outcome.tests = [*outcome.tests, *served]
        record = outcome.record
        record.counts = dict(Counter[str](test.outcome for test in outcome.tests))
        if record.outcome == "empty":
            record.outcome, record.reason = "cached", "every test has a valid result"
        return outcome

    def _records(self, tests: Iterable[str]) -> list[TestRecord]:
        return [self._record(test, self.served[test]) for test in tests]

    def _record(self, test: str, served: Served) -> TestRecord:
        result = served.result
        when = datetime.fromtimestamp(result.executed_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        seconds = sum(result.phases)
        outcome = result.outcome
        why = f"; {result.message}" if result.message else ""
        where = self._origins.get(result.run) or f"run {result.run}"
        return TestRecord(
            id=test, layer=self._asked.layer, category=self._asked.name, outcome=outcome, cached=True,  # type: ignore[arg-type]
            duration=seconds, attempts=() if outcome == "passed" else (Attempt(outcome, seconds),),  # type: ignore[arg-type]
            started=when, memory_peak=result.memory, file=result.file, line=result.line, phases=result.phases,
            reason=f"cached: nothing that it depends on changed since {when} ({where}){why}",
        )  # fmt: skip
