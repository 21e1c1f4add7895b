"""junit.xml as Jenkins and GitLab read it: a suite for each category, a case for each test.

`failure` is a test whose call failed, `error` everything else that is wrong (set-up, teardown, crash, timeout); `skipped`
is what was skipped, was expected to fail, or did not run. A category that went wrong without a test to blame has a case of its
own, so that a run that ends in an error never looks green. Characters that XML 1.0 can't hold become U+FFFD.

No file and line for a case, though some readers would show them: the schema that Jenkins' xUnit plugin checks against
(junit-10.xsd) refuses them, and pytest leaves them out for that reason too.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from lamina.records import FAILING, CategoryRecord, RunRecord, TestRecord
from lamina.reports.characters import encodable, shortened, uncoloured

__all__ = ["junit_xml"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
# Most names need none of that.
_PLAIN = re.compile(r"[\w ./:,()\[\]=+-]*", re.ASCII)
_ERRORS = frozenset({"error", "crashed", "timeout"})
_SKIPPED = frozenset({"skipped", "xfailed", "not_run"})
# GitLab takes files of up to 30 MB; a test that prints without end must not cost the file.
_TEXT_SHOWN = 100_000


def junit_xml(run: RunRecord) -> Iterator[str]:
    """The file's content in pieces."""
    tests: dict[str, list[TestRecord]] = {}
    for test in run.tests:
        tests.setdefault(test.category, []).append(test)
    records = {category.name: category for layer in run.layers for category in layer.categories}
    silent = [record for record in records.values() if _is_silent(record, tests)]
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f'<testsuites name="lamina"{_numbers(run.tests, silent, skipped=False)}>\n'
    host = _attribute("hostname", socket.gethostname())
    for name in [*records, *(name for name in tests if name not in records)]:
        record = records.get(name)
        own = tests.get(name, [])
        session = [record] if record is not None and record in silent else []
        if not own and not session:
            continue
        yield f"  <testsuite{_attribute('name', name)}{_numbers(own, session)}{_timestamp(record, run)}{host}>\n"
        for category in session:
            yield _session_case(category)
        for test in own:
            yield _case(test)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _is_silent(record: CategoryRecord, tests: dict[str, list[TestRecord]]) -> bool:
    """Whether none of a category's tests shows what it came to."""
    if record.outcome == "not_run":
        return not tests.get(record.name)
    return record.outcome in ("error", "failed") and not FAILING & record.counts.keys()


def _timestamp(record: CategoryRecord | None, run: RunRecord) -> str:
    started = record.executed_at if record and record.executed_at else run.run.started
    # UTC, though readers of the schema allow no zone and no fraction.
    return _attribute("timestamp", started.partition(".")[0].removesuffix("Z"))


def _numbers(tests: list[TestRecord], silent: list[CategoryRecord], skipped: bool = True) -> str:
    failures = errors = passed_over = 0
    seconds = 0.0
    for test in tests:
        failures += test.outcome == "failed"
        errors += test.outcome in _ERRORS
        passed_over += test.outcome in _SKIPPED
        seconds += test.duration
    not_run = sum(category.outcome == "not_run" for category in silent)
    errors += len(silent) - not_run
    # The schema knows `skipped` in a suite only.
    last = f' skipped="{passed_over + not_run}"' if skipped else ""
    number = len(tests) + len(silent)
    return f' tests="{number}" failures="{failures}" errors="{errors}"{last} time="{seconds:.3f}"'


def _session_case(category: CategoryRecord) -> str:
    tag = "skipped" if category.outcome == "not_run" else "error"
    text = "\n".join([*category.collect_errors, category.summary])
    inner = _element(tag, category.reason or category.outcome, "session", text.strip("\n"))
    return f'    <testcase{_attribute("classname", category.name)} name="session" time="0.000">{inner}</testcase>\n'


def _case(test: TestRecord) -> str:
    class_name, name = _names(test)
    head = f'{_attribute("classname", class_name)}{_attribute("name", name)} time="{test.duration:.3f}"'
    inner = "".join(_children(test))
    return f"    <testcase{head}>{inner}</testcase>\n" if inner else f"    <testcase{head}/>\n"


def _names(test: TestRecord) -> tuple[str, str]:
    """ "tests/a.py::TestB::test_c[x::y]" -> ("tests.a.TestB", "test_c[x::y]"), as pytest's own file has it."""
    base, bracket, parameters = test.id.partition("[")
    *path, name = base.split("::")
    if not path:
        return test.id, test.id
    module = path[0].removesuffix(".py").replace("/", ".")
    return ".".join([module, *path[1:]]), f"{name}{bracket}{parameters}"


def _children(test: TestRecord) -> Iterator[str]:
    message = test.attempts[-1].message if test.attempts else ""
    if test.outcome == "failed":
        yield _element("failure", message or "failed", test.outcome, test.failure)
    elif test.outcome in _ERRORS:
        yield _element("error", message or test.outcome, test.outcome, test.failure)
    elif test.outcome in _SKIPPED:
        yield _element("skipped", test.reason or test.outcome, test.outcome, "")
    for tag, of_errors in (("system-out", False), ("system-err", True)):
        texts = [
            f"--- {section.heading} ---\n{section.text}"
            for section in test.sections
            if ("stderr" in section.heading) is of_errors
        ]
        if texts:
            yield f"<{tag}>{_text(chr(10).join(texts))}</{tag}>"


def _element(tag: str, message: str, kind: str, text: str) -> str:
    return f"<{tag}{_attribute('message', uncoloured(message))}{_attribute('type', kind)}>{_text(text)}</{tag}>"


def _attribute(name: str, value: str) -> str:
    if not _PLAIN.fullmatch(value):
        value = _ILLEGAL.sub("�", encodable(value)).translate(_ATTRIBUTE)
    return f' {name}="{value}"'


def _text(value: str) -> str:
    return _ILLEGAL.sub("�", encodable(shortened(uncoloured(value), _TEXT_SHOWN))).translate(_TEXT)
