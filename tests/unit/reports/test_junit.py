import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamina.records import OUTCOMES, CategoryRecord, LayerRecord, Section
from lamina.reports.junit import junit_xml

# What the schema of Jenkins's xUnit plugin (junit-10.xsd) allows: element -> (required, optional attributes, children).
_SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
_ORDER = ["skipped", "error", "failure", "system-out", "system-err"]


def _check(element):
    required, optional, children = _SCHEMA[element.tag]
    assert required <= element.attrib.keys(), element.tag
    assert element.attrib.keys() <= required | optional, element.tag
    assert "time" not in element.attrib or _TIME.fullmatch(element.attrib["time"])
    if element.tag == "testcase":
        tags = [child.tag for child in element]
        assert tags == sorted(tags, key=_ORDER.index)  # older schemas want this order
        assert len(set(tags) & {"skipped", "error", "failure"}) <= 1
        assert element.attrib["classname"]
    elif element.tag in ("testsuite", "testsuites"):
        _check_numbers(element)
    for child in element:
        assert child.tag in children
        _check(child)


def _check_numbers(element):
    cases = list(element.iter("testcase"))
    assert int(element.attrib["tests"]) == len(cases)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if attribute in element.attrib:
            assert int(element.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)
    assert float(element.attrib["time"]) == pytest.approx(sum(float(case.attrib["time"]) for case in cases), abs=0.01)


def _parsed(run):
    root = ElementTree.fromstring("".join(junit_xml(run)).encode("utf-8"))
    _check(root)
    return root


def test_each_outcome_becomes_what_ci_servers_know(make_run, make_test):
    run = make_run([make_test(f"tests/a.py::test_{outcome}", outcome, message="why", failure="E why") for outcome in OUTCOMES])
    cases = {case.attrib["name"]: [child.tag for child in case] for case in _parsed(run).iter("testcase")}
    assert cases == {
        "test_passed": [],
        "test_failed": ["failure"],
        "test_error": ["error"],
        "test_skipped": ["skipped"],
        "test_xfailed": ["skipped"],
        "test_xpassed": [],
        "test_crashed": ["error"],
        "test_timeout": ["error"],
        "test_not_run": ["skipped"],
    }


def test_names_are_pytests_own(make_run, make_test):
    ids = ["tests/unit/test_a.py::TestB::test_c[x::y/z]", "tests/test_d.py::test_e", "docs/guide.txt"]
    cases = [(case.attrib["classname"], case.attrib["name"]) for case in _parsed(make_run([make_test(i) for i in ids])).iter("testcase")]
    assert cases == [
        ("tests.unit.test_a.TestB", "test_c[x::y/z]"),
        ("tests.test_d", "test_e"),
        ("docs/guide.txt", "docs/guide.txt"),
    ]


def test_a_failure_carries_message_text_and_output(make_run, make_test):
    sections = [
        Section("Captured stdout call", "printed"),
        Section("Captured stderr call", "complained"),
        Section("Captured log call", "logged"),
    ]
    test = make_test(outcome="failed", message="assert 1 == 2", failure="\x1b[31mE   assert 1 == 2\x1b[0m", sections=sections)
    case = _parsed(make_run([test])).find(".//testcase")
    assert case.find("failure").attrib == {"message": "assert 1 == 2", "type": "failed"}
    assert case.find("failure").text == "E   assert 1 == 2"
    assert case.find("system-out").text == "--- Captured stdout call ---\nprinted\n--- Captured log call ---\nlogged"
    assert case.find("system-err").text == "--- Captured stderr call ---\ncomplained"


def test_a_suite_for_each_category_even_where_their_tests_alternate(make_run, make_test):
    tests = [make_test(f"tests/a.py::test_x[{n}]", category=("unit", "api")[n % 2]) for n in range(6)]
    suites = [(suite.attrib["name"], suite.attrib["tests"]) for suite in _parsed(make_run(tests)).iter("testsuite")]
    assert suites == [("unit", "3"), ("api", "3")]


def test_a_suite_says_when_and_where(make_run, make_test):
    suite = _parsed(make_run([make_test()])).find("testsuite")
    assert suite.attrib["timestamp"] == "2026-03-14T09:26:53"
    assert suite.attrib["hostname"]


@pytest.mark.parametrize(("outcome", "tag"), [("error", "error"), ("failed", "error"), ("not_run", "skipped")])
def test_a_category_that_went_wrong_without_a_failing_test_is_not_silent(make_run, make_test, outcome, tag):
    run = make_run([make_test()])
    category = CategoryRecord(name="api", layer="core", outcome=outcome, reason="conftest.py raises", summary="E  boom")
    run.layers.append(LayerRecord(name="core", outcome=outcome, categories=[category]))
    case = _parsed(run).find(".//testsuite[@name='api']/testcase")
    assert case.attrib["name"] == "session"
    assert case.find(tag).attrib["message"] == "conftest.py raises"


def test_an_empty_category_is_left_out(make_run, make_test):
    run = make_run([make_test()])
    run.layers[0].categories.append(CategoryRecord(name="smoke", layer="fast_feedback", outcome="empty"))
    assert [suite.attrib["name"] for suite in _parsed(run).iter("testsuite")] == ["unit"]


_any_text = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_any_text, message=_any_text, output=_any_text, outcome=st.sampled_from(OUTCOMES))
def test_any_text_whatsoever_gives_a_valid_file(make_run, make_test, name, message, output, outcome):
    test = make_test(
        f"tests/a.py::test_x[{name}]", outcome, message=message, reason=message, failure=output, sections=[Section("stderr", output)]
    )
    case = _parsed(make_run([test])).find(".//testcase")
    assert case.attrib["name"] == "test_x[" + re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", name) + "]"


@pytest.mark.parametrize("name", ["x" * 10_000, "🦔" * 50, "a::b", "a/b", "\x00\x1b\udce9", "\ufffe"])
def test_hostile_ids(make_run, make_test, name):
    assert _parsed(make_run([make_test(f"tests/a.py::test_x[{name}]", "failed", failure=name)])).find(".//failure") is not None
