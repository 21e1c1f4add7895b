from __future__ import annotations

import json

import msgspec
import pytest
from sample_runs import HOSTILE, hostile_run, large_run, make_run, make_test, rich_run

from lamina.records import OUTCOMES, RunRecord
from lamina.reports.results import results_json


def written(run: RunRecord) -> bytes:
    return b"".join(results_json(run))


def test_fields_are_those_of_the_contract() -> None:
    data = json.loads(written(rich_run()))
    assert data["schema"] == 1
    assert {"id", "started", "duration", "command", "environment", "interrupted", "commit"} <= data["run"].keys()
    for layer in data["layers"]:
        assert {"name", "outcome", "duration", "categories"} <= layer.keys()
        for category in layer["categories"]:
            assert {"name", "outcome", "duration", "counts", "reason"} <= category.keys()
    fields = {
        "id",
        "layer",
        "category",
        "outcome",
        "cached",
        "duration",
        "attempts",
        "worker",
        "started",
        "memory_peak",
        "reason",
    }
    for test in data["tests"]:
        assert fields <= test.keys()
        assert test["outcome"] in OUTCOMES
        for attempt in test["attempts"]:
            assert attempt.keys() == {"outcome", "duration", "message"}


def test_every_test_is_there_once_in_order() -> None:
    run = rich_run()
    assert [test["id"] for test in json.loads(written(run))["tests"]] == [test.id for test in run.tests]


def test_a_pass_has_its_attempt_though_it_is_not_kept() -> None:
    run = rich_run()
    expected = [[msgspec.to_builtins(attempt) for attempt in test.attempts] for test in run.tests]
    assert [{"outcome": "passed", "duration": run.tests[0].duration, "message": ""}] in expected
    for test in run.tests:
        test.attempts = () if test.outcome == "passed" else test.attempts
    assert [test["attempts"] for test in json.loads(written(run))["tests"]] == expected


def test_it_is_the_record_field_for_field() -> None:
    run = rich_run()
    assert msgspec.json.decode(written(run), type=RunRecord) == run


def test_hostile_texts_come_back_as_they_were() -> None:
    run = hostile_run()
    data = json.loads(written(run))
    expected = [text.replace("\udce9", "\\udce9") for text in HOSTILE.values()]
    assert [test["failure"] for test in data["tests"][: len(expected)]] == [f"E   {text}" for text in expected]
    assert data["notes"] == expected


@pytest.mark.parametrize("text", ["\udce9", "\ud800\udc00"])
def test_lone_surrogates_are_readable_by_strict_readers(text: str) -> None:
    run = make_run([make_test(f"tests/{text}.py::test_x")], command=f"doit {text}")
    run.layers[0].categories[0].counts[text] = 1
    msgspec.json.decode(written(run), type=RunRecord)


def test_no_tests_at_all() -> None:
    data = json.loads(written(make_run([])))
    assert data["tests"] == [] and data["layers"] == []


def test_a_large_run_is_written_in_pieces() -> None:
    run = large_run(10_001)
    pieces = list(results_json(run))
    assert max(map(len, pieces)) < 1_500_000
    assert len(json.loads(b"".join(pieces))["tests"]) == 10_001
