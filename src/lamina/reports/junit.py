"""junit.xml as Jenkins and GitLab read it: a suite for each category, a case for each test.

`failure` is a test whose call failed, `error` everything else that is wrong (set-up, teardown, crash, timeout); `skipped`
is what was skipped, was expected to fail, or did not run. Characters that XML 1.0 can't hold become U+FFFD.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from itertools import groupby

from lamina.records import CategoryRecord, RunRecord, TestRecord
from lamina.reports.characters import encodable, shortened, uncoloured

__all__ = ["junit_xml"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_PLAIN = re.compile(r"[\w ./:,()\[\]=+-]*", re.ASCII)
_ERRORS = frozenset({"error", "crashed", "timeout"})
_SKIPPED = frozenset({"skipped", "xfailed", "not_run"})
# GitLab takes files of up to 30 MB; a test that prints without end must not cost the file.
_TEXT_SHOWN = 100_000


def junit_xml(run: RunRecord) -> Iterator[str]:
    """The file's content in pieces."""
    host = socket.gethostname()
    records = {category.name: category for layer in run.layers for category in layer.categories}
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f'<testsuites name="lamina"{_numbers(run.tests, skipped=False)}>\n'
    for name, group in groupby(run.tests, key=lambda test: test.category):
        tests = list(group)
        yield _suite_head(name, tests, records.get(name), run, host)
        for test in tests:
            yield _case(test)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _suite_head(name: str, tests: list[TestRecord], record: CategoryRecord | None, run: RunRecord, host: str) -> str:
    started = record.executed_at if record and record.executed_at else run.run.started
    # Readers of the schema allow no zone and no fraction: the time is UTC.
    stamp = started.partition(".")[0].removesuffix("Z")
    place = _attribute("timestamp", stamp) + _attribute("hostname", host)
    return f"  <testsuite{_attribute('name', name)}{_numbers(tests)}{place}>\n"


def _numbers(tests: Iterable[TestRecord], skipped: bool = True) -> str:
    number = failures = errors = passed_over = 0
    seconds = 0.0
    for test in tests:
        number += 1
        failures += test.outcome == "failed"
        errors += test.outcome in _ERRORS
        passed_over += test.outcome in _SKIPPED
        seconds += test.duration
    # The schema knows `skipped` in a suite only.
    last = f' skipped="{passed_over}"' if skipped else ""
    return f' tests="{number}" failures="{failures}" errors="{errors}"{last} time="{seconds:.3f}"'


def _case(test: TestRecord) -> str:
    class_name, name = _names(test)
    line = f' line="{test.line}"' if test.line else ""
    attributes = (
        f"{_attribute('classname', class_name)}{_attribute('name', name)}{_attribute('file', test.file or class_name)}"
        f'{line} time="{test.duration:.3f}"'
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
    for tag, words in (("system-out", ("stdout", "log")), ("system-err", ("stderr",))):
        text = "\n".join(section.text for section in test.sections if any(word in section.heading for word in words))
        if text:
            yield f"<{tag}>{_text(text)}</{tag}>"


def _element(tag: str, message: str, text: str) -> str:
    kind = _attribute("type", tag if tag != "skipped" else "pytest.skip")
    return f"<{tag}{_attribute('message', uncoloured(message))}{kind}>{_text(text)}</{tag}>"


def _attribute(name: str, value: str) -> str:
    if not _PLAIN.fullmatch(value):
        value = _ILLEGAL.sub("�", encodable(value)).translate(_ATTRIBUTE)
    return f' {name}="{value}"'


def _text(value: str) -> str:
    return _ILLEGAL.sub("�", encodable(shortened(uncoloured(value), _TEXT_SHOWN))).translate(_TEXT)
