"""Marker and keyword expressions, file patterns, names of variables."""

from __future__ import annotations

import pytest

from lamina.layers.expressions import expression_problem, keyword_problem, pattern_problem, variable_problem


@pytest.mark.parametrize(
    "text", ["slow", "slow and not (net or db)", "not slow", "device(serial='1')", "test_x[1-a]", "a.b"]
)
def test_expressions_that_pytest_takes(text: str) -> None:
    assert expression_problem(text) is None


@pytest.mark.parametrize("text", ["", "  ", "slow fast", "and", "(a", "a)", "not", "a or", "a == b", "a, b"])
def test_expressions_that_pytest_refuses(text: str) -> None:
    assert expression_problem(text) is not None


def test_an_expression_too_deep_to_parse_is_a_fault_and_no_crash() -> None:
    problem = expression_problem("(" * 50_000 + "a" + ")" * 50_000)
    assert problem is not None


@pytest.mark.parametrize("text", ["a and (b or not(c))", "(a)", "x[1] or y", "not (a)"])
def test_keywords_that_pytest_takes(text: str) -> None:
    assert keyword_problem(text) is None


@pytest.mark.parametrize("text", ["a(b=1)", "a and (b or c (d=1))", "a b"])
def test_keywords_that_pytest_refuses_at_the_latest_when_it_evaluates_them(text: str) -> None:
    assert keyword_problem(text) is not None


@pytest.mark.parametrize(
    "text", ["tests/unit/**", "**/test_*.py", "/tests", "tests/[ab]*.py", r"tests/\[x\].py", "a..b/**"]
)
def test_patterns_that_can_match(text: str) -> None:
    assert pattern_problem(text) is None


@pytest.mark.parametrize("text", ["!tests/x", "../x", "a/../b", r"tests\unit"])
def test_patterns_that_cannot(text: str) -> None:
    assert pattern_problem(text) is not None


@pytest.mark.parametrize(("name", "value"), [("A", ""), ("_x1", "= anything\n")])
def test_variables(name: str, value: str) -> None:
    assert variable_problem(name, value) is None


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("1A", "x"), ("A=B", "x"), ("A B", "x"), ("A", "x\0y")])
def test_variables_that_no_process_can_have(name: str, value: str) -> None:
    assert variable_problem(name, value) is not None
