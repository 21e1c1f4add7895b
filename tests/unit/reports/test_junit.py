from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_runs import HOSTILE, hostile_run, make_run, make_test, rich_run

from lamina.records import OUTCOMES, CategoryRecord, GroupOutcome, LayerRecord, Outcome, RunRecord, Section
from lamina.reports.junit import junit_xml

# What the schema of Jenkins' xUnit plugin (junit-10.xsd) allows: needed and further attributes, and children, of each element.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
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
# Older schemas want a case's children in this order.
ORDER = ["skipped", "error", "failure", "system-out", "system-err"]


def check(element: ElementTree.Element) -> None:
    needed, further, children = SCHEMA[element.tag]
    assert needed <= element.attrib.keys() <= needed | further, element.tag
    if "time" in element.attrib:
        assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    if "timestamp" in element.attrib:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
    if element.tag == "testcase":
        tags = [child.tag for child in element]
        assert tags == sorted(tags, key=ORDER.index)
        assert len({"skipped", "error", "failure"} & set(tags)) <= 1
        assert element.attrib["classname"]
    elif element.tag.startswith("testsuite"):
        check_numbers(element)
    for child in element:
        assert child.tag in children, f"{child.tag} in {element.tag}"
        check(child)


def check_numbers(element: ElementTree.Element) -> None:
    cases = list(element.iter("testcase"))
    assert int(element.attrib["tests"]) == len(cases)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if attribute in element.attrib:
            assert int(element.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)
    assert float(element.attrib["time"]) == pytest.approx(sum(float(case.attrib["time"]) for case in cases), abs=0.05)


def parsed(run: RunRecord) -> ElementTree.Element:
    root = ElementTree.fromstring("".join(junit_xml(run)).encode("utf-8"))
    assert root.tag == "testsuites"
    check(root)
    return root


@pytest.mark.parametrize("run", [rich_run(), hostile_run(), make_run([])], ids=["rich", "hostile", "empty"])
def test_it_has_the_structure_that_readers_expect_and_numbers_that_add_up(run: RunRecord) -> None:
    names = [case.attrib["name"] for case in parsed(run).iter("testcase")]
    assert len([name for name in names if name != "session"]) == len(run.tests)


def test_outcomes() -> None:
    tags: dict[Outcome, list[str]] = {
        "passed": [], "xpassed": [], "failed": ["failure"], "error": ["error"], "crashed": ["error"], "timeout": ["error"],
        "skipped": ["skipped"], "xfailed": ["skipped"], "not_run": ["skipped"],
    }  # fmt: skip
    assert set(tags) == set(OUTCOMES)
    cases = parsed(make_run([make_test(f"test_{outcome}", outcome) for outcome in tags])).iter("testcase")
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
    assert case.attrib["name"] == case.attrib["classname"] == "tests/unit/test_cart.py"


def test_a_failure_holds_message_text_and_output() -> None:
    sections = (
        Section("Captured stdout setup", "one\n"), Section("Captured stdout call", "two"),
        Section("Captured stderr call", "three\n"), Section("Captured log call", "four\n"),
    )  # fmt: skip
    test = make_test(
        "test_x", "failed", message="assert 1 == 2", failure="\x1b[31mE  assert 1 == 2\x1b[0m", sections=sections
    )
    [case] = parsed(make_run([test])).iter("testcase")
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "assert 1 == 2", "type": "failed"}
    assert failure.text == "E  assert 1 == 2"
    assert case.findtext("system-out") == (
        "--- Captured stdout setup ---\none\n\n--- Captured stdout call ---\ntwo\n--- Captured log call ---\nfour\n"
    )
    assert case.findtext("system-err") == "--- Captured stderr call ---\nthree\n"


@pytest.mark.parametrize(("outcome", "tag"), [("error", "error"), ("failed", "error"), ("not_run", "skipped")])
def test_a_category_that_went_wrong_without_a_failing_test_is_not_silent(outcome: GroupOutcome, tag: str) -> None:
    run = make_run([make_test("test_x")])
    category = CategoryRecord(
        name="api", layer="core", outcome=outcome, reason="conftest.py raises", summary="E  boom", collect_errors=["x"]
    )
    run.layers.append(LayerRecord(name="core", outcome=outcome, categories=[category]))
    [case] = [case for case in parsed(run).iter("testcase") if case.attrib["classname"] == "api"]
    assert case.attrib["name"] == "session"
    [child] = case
    assert (child.tag, child.attrib["message"], child.text) == (tag, "conftest.py raises", "x\nE  boom")


def test_a_category_whose_tests_say_it_all_has_no_further_case() -> None:
    run = make_run([make_test("test_x", "failed"), make_test("test_y", "not_run", category="api")])
    assert [case.attrib["name"] for case in parsed(run).iter("testcase")] == ["test_x", "test_y"]


def test_an_empty_category_is_left_out() -> None:
    run = make_run([make_test("test_x")])
    run.layers[0].categories.append(CategoryRecord(name="smoke", layer="fast_feedback", outcome="empty"))
    assert [suite.attrib["name"] for suite in parsed(run)] == ["unit"]


def test_a_suite_for_each_category_even_where_their_tests_alternate() -> None:
    run = make_run([make_test(f"test_x[{number}]", category=("unit", "api")[number % 2]) for number in range(6)])
    assert [(suite.attrib["name"], suite.attrib["tests"]) for suite in parsed(run)] == [("unit", "3"), ("api", "3")]


def test_hostile_texts_are_text() -> None:
    failures = [case.findtext("failure") for case in parsed(hostile_run()).iter("testcase")]
    shown = dict(zip(HOSTILE, [text for text in failures if text is not None], strict=True))
    for name in ("script", "style", "cdata", "quotes", "ampersand", "emoji", "template", "lines", "long"):
        assert shown[name] == f"E   {HOSTILE[name]}"
    assert shown["surrogate"] == "E   caf\\udce9"
    assert shown["colour"] == "E   red"
    assert shown["control"] == "E   " + "\ufffd" * 6 + "\x7f\x85\u2028\ufffd"


ILLEGAL = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_any_text = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(name=_any_text, message=_any_text, output=_any_text, outcome=st.sampled_from(OUTCOMES))
def test_any_text_whatsoever_gives_a_valid_file(name: str, message: str, output: str, outcome: Outcome) -> None:
    sections = (Section(message, output), Section("Captured stderr", output))
    run = make_run(
        [make_test(f"test_x[{name}]", outcome, message=message, reason=message, failure=output, sections=sections)]
    )
    [case] = parsed(run).iter("testcase")
    shown = name.encode("utf-8", "backslashreplace").decode()
    assert case.attrib["name"] == "test_x[" + re.sub(ILLEGAL, "\ufffd", shown) + "]"


def test_endless_output_is_cut() -> None:
    test = make_test(
        "test_x", "failed", failure="E" * 5_000_000, sections=(Section("Captured stdout call", "o" * 5_000_000),)
    )
    text = "".join(junit_xml(make_run([test])))
    assert len(text) < 300_000
    assert "4,900,000 characters left out" in text


def test_time_of_a_cached_suite_is_that_of_its_execution() -> None:
    smoke = parsed(rich_run())[0]
    assert (smoke.attrib["name"], smoke.attrib["timestamp"]) == ("smoke", "2025-11-20T09:12:40")
