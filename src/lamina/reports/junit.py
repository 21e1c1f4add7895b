"""junit.xml as Jenkins and GitLab read it: a suite for each category, a case for each test.

`failure` is a test whose call failed, `error` everything else that is wrong (set-up, teardown, crash, timeout); `skipped`
is what was skipped, was expected to fail, or did not run. Characters that XML 1.0 can't hold become U+FFFD.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from itertools import groupby

from lamina.records import CategoryRecord, RunRecord, TestRecord

__all__ = ["junit_xml"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
_ERRORS = frozenset({"error", "crashed", "timeout"})
_SKIPPED = frozenset({"skipped", "xfailed", "not_run"})


def junit_xml(run: RunRecord) -> Iterator[str]:
    """The file's content in pieces."""
    host = socket.gethostname()
    records = {category.name: category for layer in run.layers for category in layer.categories}
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f"<testsuites{_numbers(run.tests)}{_attribute('name', 'lamina')}>\n"
    for name, group in groupby(run.tests, key=lambda test: test.category):
        tests = list(group)
        yield _suite_head(name, tests, records.get(name), run, host)
        for test in tests:
            yield _case(test)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _suite_head(name: str, tests: list[TestRecord], record: CategoryRecord | None, run: RunRecord, host: str) -> str:
    started = record.executed_at if record and record.executed_at else run.run.started
    # The schema allows no zone and no fraction: the time is UTC.
    stamp = started[:19]
    return f"  <testsuite{_attribute('name', name)}{_numbers(tests)}{_attribute('timestamp', stamp)}{_attribute('hostname', host)}>\n"


def _numbers(tests: list[TestRecord]) -> str:
    failures = sum(test.outcome == "failed" for test in tests)
    errors = sum(test.outcome in _ERRORS for test in tests)
    skipped = sum(test.outcome in _SKIPPED for test in tests)
    seconds = sum(test.duration for test in tests)
    return f' tests="{len(tests)}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{seconds:.3f}"'


def _case(test: TestRecord) -> str:
    class_name, name = _names(test)
    attributes = (
        f"{_attribute('classname', class_name)}{_attribute('name', name)}{_attribute('file', test.file or class_name)}"
        f'{_attribute("line", str(test.line)) if test.line else ""} time="{test.duration:.3f}"'
    )
    inner = "".join(_children(test))
    return f"    <testcase{attributes}>{inner}</testcase>\n" if inner else f"    <testcase{attributes}/>\n"


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
        yield _element("failure", message or "failed", test.failure)
    elif test.outcome in _ERRORS:
        yield _element("error", message or test.outcome, test.failure)
    elif test.outcome in _SKIPPED:
        yield _element("skipped", test.reason or test.outcome, "")
    for tag, word in (("system-out", "stdout"), ("system-err", "stderr")):
        text = "\n".join(section.text for section in test.sections if word in section.heading)
        if text:
            yield f"<{tag}>{_text(text)}</{tag}>"


def _element(tag: str, message: str, text: str) -> str:
    kind = _attribute("type", tag if tag != "skipped" else "pytest.skip")
    return f"<{tag}{_attribute('message', message)}{kind}>{_text(text)}</{tag}>"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{_ILLEGAL.sub("�", value).translate(_ATTRIBUTE)}"'


def _text(value: str) -> str:
    return _ILLEGAL.sub("�", value).translate(_TEXT)
