"""Stored reports: what is served says what the long way would have said, and nothing stale or broken is ever served."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sample_runs import make_run, make_test

from lamina.records import CategoryRecord, LayerRecord, RunRecord
from lamina.reports import stored

VALUES = {
    "id": "20251121-080000-7",
    "started": "2025-11-21T08:00:00.250Z",
    "duration": 0.1734,
    "command": "doit unit 'k=<b> & \"x\"'",
    "commit": "77aa001",
    "slots": 3,
}


def passing_run() -> RunRecord:
    tests = [
        make_test("test_a", duration=1.5),
        make_test("test_b", "skipped", reason="no mail server"),
        make_test("tests/unit/test_<i>.py::test_c[markid markcommand markcommit]", duration=2.5),
    ]
    run = make_run(tests)
    run.layers.append(
        LayerRecord(
            name="core_integration",
            outcome="empty",
            categories=[CategoryRecord(name="api", layer="core_integration", outcome="empty")],
        )
    )
    return run


def serve(folder: Path, key: str = "k", **changes: object) -> str | None:
    stream = io.StringIO()
    served = stored.serve(
        cache_dir=folder / "cache", key=key, values=VALUES | changes, reports_dir=folder / "reports", stream=stream
    )
    return stream.getvalue() if served else None


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    stored.keep(passing_run(), tmp_path / "cache", "k")
    return tmp_path


def test_results_are_of_this_run_and_all_cached(kept: Path) -> None:
    assert serve(kept) is not None
    results = json.loads((kept / "reports/latest/results.json").read_bytes())
    header = {name: results["run"][name] for name in VALUES}
    assert header == VALUES
    assert results["run"]["exit_status"] == 0
    assert [test["cached"] for test in results["tests"]] == [True, True, True]
    assert [test["outcome"] for test in results["tests"]] == ["passed", "skipped", "passed"]
    assert results["tests"][0]["attempts"] == [{"outcome": "passed", "duration": 1.5, "message": ""}]
    assert results["tests"][0]["reason"] == "cached: nothing changed since 2025-11-20T09:30:12.345Z"
    assert [layer["outcome"] for layer in results["layers"]] == ["cached", "empty"]
    assert results["workers"] == []


def test_the_page_is_of_this_run_and_escaped(kept: Path) -> None:
    serve(kept)
    page = (kept / "reports/latest/index.html").read_text()
    assert "doit unit &#39;k=&lt;b&gt; &amp; &#34;x&#34;&#39;" in page
    assert "<b> &" not in page
    assert "2025-11-21 08:00:00 UTC" in page
    assert "77aa001" in page
    assert "run 20251121-080000-7" in page
    assert "3 tests served from cache in 173 ms, none executed" in page
    assert "3 workers at most" in page
    assert not re.search("mark[0-9a-f]{8}", page)
    assert '<svg class="timeline"' not in page


def test_the_run_has_its_own_folder(kept: Path) -> None:
    serve(kept)
    for name in ("results.json", "junit.xml", "index.html"):
        assert (kept / "reports/runs/20251121-080000-7" / name).samefile(kept / "reports/latest" / name)


def test_what_a_test_is_called_is_never_taken_for_a_mark(kept: Path) -> None:
    serve(kept)
    assert "[markid markcommand markcommit]" in (kept / "reports/latest/results.json").read_text()


def test_the_lines(kept: Path) -> None:
    shown = serve(kept)
    assert shown is not None
    first, *middle, last = shown.splitlines()
    assert first == "fast_feedback"
    assert middle == ["  unit   up to date   3 tests cached", "empty, no test matches: api"]
    assert last.startswith("PASSED  2 passed, 1 skipped · executed 0, cached 3 · 173 ms, 4.0 s of tests saved · ")


def test_serving_twice_replaces_the_latest(kept: Path) -> None:
    serve(kept)
    serve(kept, id="20251121-090000-8")
    assert json.loads((kept / "reports/latest/results.json").read_bytes())["run"]["id"] == "20251121-090000-8"
    assert json.loads((kept / "reports/runs/20251121-080000-7/results.json").read_bytes())["run"]["id"] == VALUES["id"]


def test_a_commit_that_is_not_known_any_more(kept: Path) -> None:
    serve(kept, commit="")
    assert json.loads((kept / "reports/latest/results.json").read_bytes())["run"]["commit"] == ""
    assert "commit <code>unknown</code>" in (kept / "reports/latest/index.html").read_text()


def test_another_request_is_not_served(kept: Path) -> None:
    assert serve(kept, key="other") is None
    assert not (kept / "reports").exists()


@pytest.mark.parametrize("name", ["results.json", "junit.xml", "index.html", "facts.json"])
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "garbage"])
def test_what_is_broken_is_not_served(kept: Path, name: str, harm: str) -> None:
    path = kept / "cache/stored/k" / name
    whole = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "garbage": b"\x00" + whole}[harm])
    assert serve(kept) is None
    assert not (kept / "reports").exists()


@pytest.mark.parametrize("facts", [b"[]", b"{}", b"null", b'{"format": 2}', b'{"format": 1, "files": {}}'])
def test_facts_of_another_shape_are_not_served(kept: Path, facts: bytes) -> None:
    (kept / "cache/stored/k/facts.json").write_bytes(facts)
    assert serve(kept) is None


def test_a_page_made_with_other_templates_is_not_served(kept: Path) -> None:
    (kept / "reports/templates").mkdir(parents=True)
    (kept / "reports/templates/index.html").write_text("mine")
    assert serve(kept) is None


def test_a_page_made_with_these_templates_is_served(tmp_path: Path) -> None:
    templates = tmp_path / "reports/templates"
    templates.mkdir(parents=True)
    (templates / "index.html").write_text("mine: {{ run.command }}, {{ seconds_text(run.duration) }}")
    stored.keep(passing_run(), tmp_path / "cache", "k", templates)
    assert serve(tmp_path, command="doit") is not None
    assert (tmp_path / "reports/latest/index.html").read_text() == "mine: doit, 173 ms"


def test_reports_that_can_not_be_written_are_left_to_the_long_way(kept: Path) -> None:
    (kept / "reports").write_text("a file where the folder should be")
    assert serve(kept) is None


def test_a_cache_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    stored.keep(passing_run(), tmp_path / "cache", "k")
    assert serve(tmp_path) is None


def test_only_the_last_few_requests_are_kept(tmp_path: Path) -> None:
    for number in range(10):
        stored.keep(passing_run(), tmp_path / "cache", f"key{number}")
    assert len(list((tmp_path / "cache/stored").iterdir())) == 8
    assert serve(tmp_path, key="key9") is not None


def test_serving_imports_nothing_heavy(kept: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from lamina.reports import stored\n"
        f"served = stored.serve(cache_dir=pathlib.Path({str(kept / 'cache')!r}), key='k', values={VALUES!r},\n"
        f"    reports_dir=pathlib.Path({str(kept / 'reports')!r}), stream=sys.stderr)\n"
        "print(served, sorted({'msgspec', 'jinja2', 'rich', 'yaml', 'pytest', 'html'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n"
