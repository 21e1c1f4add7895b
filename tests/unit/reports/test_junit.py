from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from sample_runs import HOSTILE, hostile_run, make_run, make_test, rich_run

from lamina.records import RunRecord, Section
from lamina.reports.junit import junit_xml

# What the schema of Jenkins' xUnit plugin (junit-10.xsd) allows: attributes, and children, of each element.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "assertions", "time", "timestamp", "classname", "status", "file", "line"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
    "system-err": (set(), set()),
}  # fmt: skip


def parsed(run: RunRecord) -> ElementTree.Element:
    return ElementTree.fromstring("".join(junit_xml(run)).encode("utf-8"))


def check(element: ElementTree.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes, element.tag
    for number in {"tests", "failures", "errors", "skipped", "line"} & set(element.attrib):
        assert element.attrib[number].isdigit()
    if "time" in element.attrib:
        assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    if "timestamp" in element.attrib:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
    for child in element:
        assert child.tag in children, f"{child.tag} in {element.tag}"
        check(child)


@pytest.mark.parametrize("run", [rich_run(), hostile_run(), make_run([])], ids=["rich", "hostile", "empty"])
def test_it_has_the_structure_that_readers_expect(run: RunRecord) -> None:
    root = parsed(run)
    assert root.tag == "testsuites"
    check(root)


@pytest.mark.parametrize("run", [rich_run(), hostile_run()], ids=["rich", "hostile"])
def test_numbers_add_up(run: RunRecord) -> None:
    root = parsed(run)
    found = Counter(child.tag for case in root.iter("testcase") for child in case)
    for suite in root:
        own = Counter(child.tag for case in suite.iter("testcase") for child in case)
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert [int(suite.attrib[name]) for name in ("failures", "errors", "skipped")] == [
            own["failure"], own["error"], own["skipped"],
        ]  # fmt: skip
    assert int(root.attrib["tests"]) == len(run.tests)
    assert [int(root.attrib[name]) for name in ("failures", "errors")] == [found["failure"], found["error"]]


def test_outcomes() -> None:
    tags = {
        "passed": [], "xpassed": [], "failed": ["failure"], "error": ["error"], "crashed": ["error"], "timeout": ["error"],
        "skipped": ["skipped"], "xfailed": ["skipped"], "not_run": ["skipped"],
    }  # fmt: skip
    run = make_run([make_test(f"test_{outcome}", outcome) for outcome in tags])  # type: ignore[arg-type]
    cases = parsed(run).iter("testcase")
    assert {case.attrib["name"].removeprefix("test_"): [child.tag for child in case] for case in cases} == tags


@pytest.mark.parametrize(
    ("test_id", "names"),
    [
        ("tests/a.py::test_b", ("tests.a", "test_b")),
        ("tests/a.py::TestC::test_b[x::y/z]", ("tests.a.TestC", "test_b[x::y/z]")),
        ("tests/a.py::TestC::TestD::test_b", ("tests.a.TestC.TestD", "test_b")),
        ("src/shop/cart.py::shop.cart.Cart.total", ("src.shop.cart", "shop.cart.Cart.total")),
        ("README.md::README.md", ("README.md", "README.md")),
    ],
)
def test_names_are_those_that_pytest_itself_writes(test_id: str, names: tuple[str, str]) -> None:
    [case] = parsed(make_run([make_test(test_id)])).iter("testcase")
    assert (case.attrib["classname"], case.attrib["name"]) == names


def test_a_file_that_cannot_be_collected_is_named() -> None:
    test = make_test("x", "error", message="ModuleNotFoundError: No module named 'shop'")
    test.id = test.file = "tests/unit/test_cart.py"
    [case] = parsed(make_run([test])).iter("testcase")
    assert case.attrib["name"] == case.attrib["file"] == "tests/unit/test_cart.py"


def test_failure_holds_message_text_and_output() -> None:
    sections = [
        Section("Captured stdout setup", "one\n"), Section("Captured stdout call", "two\n"),
        Section("Captured stderr call", "three\n"), Section("Captured log call", "four\n"),
    ]  # fmt: skip
    test = make_test(
        "test_x", "failed", message="assert 1 == 2", failure="\x1b[31mE  assert 1 == 2\x1b[0m", sections=sections
    )
    [case] = parsed(make_run([test])).iter("testcase")
    failure = case.find("failure")
    assert failure is not None
    assert (failure.attrib["message"], failure.text) == ("assert 1 == 2", "E  assert 1 == 2")
    assert (case.findtext("system-out"), case.findtext("system-err")) == ("one\n\ntwo\n\nfour\n", "three\n")


def test_hostile_texts_are_text() -> None:
    root = parsed(hostile_run())
    failures = [case.findtext("failure") for case in root.iter("testcase") if case.find("failure") is not None]
    shown = dict(zip(HOSTILE, failures, strict=True))
    for name in ("script", "style", "cdata", "quotes", "ampersand", "emoji", "template", "lines", "long"):
        assert shown[name] == f"E   {HOSTILE[name]}"
    assert shown["surrogate"] == "E   caf\\udce9"
    assert shown["colour"] == "E   red"
    assert shown["control"] == "E   " + "\ufffd" * 6 + "\x7f\x85\u2028\ufffd"


def test_endless_output_is_cut() -> None:
    test = make_test(
        "test_x", "failed", failure="E" * 5_000_000, sections=[Section("Captured stdout call", "o" * 5_000_000)]
    )
    text = "".join(junit_xml(make_run([test])))
    assert len(text) < 300_000
    assert "4,900,000 characters left out" in text


def test_time_of_a_cached_suite_is_that_of_its_execution() -> None:
    smoke = parsed(rich_run())[0]
    assert (smoke.attrib["name"], smoke.attrib["timestamp"]) == ("smoke", "2025-11-20T09:12:40")
