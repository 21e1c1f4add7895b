"""The commands besides `run`."""

from __future__ import annotations

import json
from typing import Any


def test_list_shows_the_tree(project: Any) -> None:
    project.write("tasks/own.py", 'def task_lint():\n    """Style of all files."""\n    return {"actions": []}\n')
    out, _ = project.doit("list")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["fast_feedback", "sequential", "<", "2", "min", "never", "run"]
    assert lines[1] == ["smoke", "60", "s", "x2", "never", "run"]
    assert ["database", "300", "s", "x2", "empty"] in lines
    assert out.splitlines()[3].endswith("after fast_feedback")
    assert ["lint", "Style", "of", "all", "files."] in lines
    assert "\x1b" not in out
    project.doit("fast_feedback")
    project.write("tests/unit/test_u.py", "def test_u(): assert True\n")
    out, _ = project.doit("list")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][5:8] == ["1", "file", "changed"]
    assert lines[1][4:9] == ["up", "to", "date", "1", "test"]
    out, _ = project.doit("list", FORCE_COLOR="1")
    assert "\x1b[32mup to date\x1b[0m" in out


def test_list_with_doits_own_options(project: Any) -> None:
    out, _ = project.doit("list", "--all", "--status")
    assert "R unit" in out
    out, _ = project.doit("list", "--quiet", "fast_feedback")
    assert out.split() == ["fast_feedback"]
    assert "_core_integration_0" not in project.doit("list", "--all")[0]


def test_plan_says_what_would_run_and_runs_nothing(project: Any) -> None:
    out, _ = project.doit("plan", "core_integration")
    assert "phase 1\n  fast_feedback: sequential" in out
    assert "phase 2\n  core_integration: parallel, at most 10 min, after fast_feedback" in out
    assert "service_integration" not in out
    assert "never run" in out
    assert "level balanced" in out
    assert not (project.root / "reports").exists()
    project.doit("fast_feedback")
    out, _ = project.doit("plan", "unit", "level=aggressive")
    assert "from cache" in out
    assert "smoke" not in out
    assert "level aggressive" in out


def test_every_command_explains_itself(project: Any) -> None:
    project.write("layers/test_layers.yaml", "not: valid\n")
    for name in [
        "list",
        "clean",
        "plan",
        "why",
        "affected",
        "debug",
        "services",
        "validate",
        "status",
        "stop",
        "schema",
    ]:
        out, err = project.doit(name, "--help")
        assert out.startswith("PURPOSE\n") and f"doit {name}" in out and not err
    assert "doit run [LAYER|CATEGORY|TASK...]" in project.doit("unit", "--help")[0]


def test_plan_shows_services_resources_and_limits(project: Any) -> None:
    project.write(
        "layers/test_layers.yaml",
        """\
resources: {gateway: , drivers: 3}
services:
  web: {command: "{python} server.py {port}", readiness: {kind: http, url: "http://{host}:{port}/health"}}
  store:
    command: "store {port}"
    port: 7777
    ports: {admin: 0}
    reuse: true
    depends_on: [web]
    start_timeout_seconds: 5
layers:
  fast_feedback:
    resource_limits: {memory_mb: 40}
    categories:
      - {name: unit, resources: [{name: gateway, shared: true}, {name: drivers, count: 2}], resource_limits: {cpu: 1.5}}
  core_integration:
    categories: [{name: api, required_services: [store]}, {name: database, required_services: [web]}]
""",
    )
    out, _ = project.doit("plan", "core_integration")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "fast_feedback: sequential, at most 2 min, at most 40 MB together" in lines
    assert "each test holds gateway (shared), drivers x2; at most 1.5 cores together" in lines
    # The category `database` has no test, so it starts nothing.
    assert lines[lines.index("services") + 1 :][:3] == [
        "web port (a free one) ready when http://127.0.0.1:{port}/health answers with 2xx, within 30 s started for api",
        "store port 7777, admin (a free one) ready when its port takes connections, within 5 s "
        "taken if it is up already, else started for api",
        "",
    ]
    assert "services" not in project.doit("plan", "fast_feedback")[0]


def test_validate(project: Any) -> None:
    assert project.doit("validate") == ("ok\n", "")
    project.write("tests/other/test_o.py", "")
    filters = "filters: {include_patterns: [tests/unit/**]}"
    project.write(
        "layers/test_layers.yaml",
        f"layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        {filters}\n",
    )
    out, _ = project.doit("validate")
    assert "ok\nwarning: no category takes the tests of 1 test file:\n  tests/other/test_o.py\n" in out


def test_inputs_that_match_nothing_are_warned_of(project: Any) -> None:
    project.write("data/rows.txt", "1\n")
    project.write(
        "layers/test_layers.yaml",
        'layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        inputs: ["data/**", "scripts/*.sh"]\n',
    )
    words = 'warning: the inputs of unit match no file by "scripts/*.sh": '
    assert project.doit("validate")[0].startswith(f"ok\n{words}")
    assert words in project.doit("plan", "unit")[0]
    assert words not in project.doit("plan", "smoke")[0]
    project.write(
        "layers/test_layers.yaml", (project.root / "layers/test_layers.yaml").read_text().replace("data", "../data")
    )
    _, faults = project.doit("validate", status=3)
    assert "layers/test_layers.yaml:5" in faults and "leads out of the project" in faults


def test_a_reader_that_has_seen_enough(project: Any) -> None:
    for words in ("schema", "list", "plan"):
        run = project.start(words)
        run.stdout.close()
        assert run.stderr.read() == ""
        assert run.wait() == 0
        run.stderr.close()


def test_schema(project: Any) -> None:
    assert json.loads(project.doit("schema")[0])["$schema"].startswith("https://json-schema.org/")
    assert "layer_overrides" in project.doit("schema", "--environment")[0]


def test_doits_own_commands_still_work(project: Any) -> None:
    out, _ = project.doit("info", "unit", status=1)
    assert ".lamina/inputs/unit.txt" in out
    assert "run layers, categories and tasks" in project.doit("help")[0]
    assert "plan [LAYER|CATEGORY...]" in project.doit("help", "plan")[0]
    assert "fast_feedback" in project.doit("tabcompletion", "--hardcode-tasks")[0]
    assert "_doit" in project.doit("tabcompletion", "--shell", "zsh")[0]
    assert project.doit("forget", "unit")[0] == "forgetting unit\n"
    project.doit("reset-dep", "unit")


def test_clean_names_what_it_forgets(project: Any) -> None:
    project.write(
        "tasks/own.py", "def task_own():\n    return {'actions': ['touch made'], 'targets': ['made'], 'clean': True}\n"
    )
    project.write(".gitignore", "made\n")
    project.doit("fast_feedback", "own")
    assert project.doit("clean", "--dry-run", "unit")[0] == "would forget unit\n"
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}
    assert project.doit("clean", "unit")[0] == "forgetting unit\n"
    project.doit("fast_feedback")
    assert project.outcomes() == {"smoke": "cached", "unit": "passed"}
    assert project.doit("clean", "fast_feedback")[0] == "forgetting smoke, unit\n"
    assert (project.root / "made").exists()
    out, _ = project.doit("clean")
    assert "forgetting all results" in out
    assert not (project.root / "made").exists()
    project.doit("fast_feedback")
    assert project.outcomes() == {"smoke": "passed", "unit": "passed"}


def test_own_tasks_run_beside_the_layers(project: Any) -> None:
    project.write(
        "tasks/own.py",
        "def task_good():\n    return {'actions': ['echo from the task']}\n"
        "def task_bad():\n    return {'actions': ['false']}\n"
        "def task_broken():\n    return {'actions': [lambda: 1/0]}\n"
        "def task_after():\n    return {'actions': ['echo after unit'], 'task_dep': ['unit']}\n",
    )
    out, _ = project.doit("good")
    assert "from the task" in out
    assert not (project.root / "reports").exists(), "no layer was asked for"
    project.doit("bad", status=1)
    _, _ = project.doit("broken", "unit", status=2)
    assert project.outcomes() == {"unit": "passed"}
    project.write("tests/unit/test_u.py", "def test_u(): assert 0\n")
    out, _ = project.doit("after", status=1)
    assert "after unit" not in out.splitlines()


def test_another_reporter_has_its_output_for_itself(project: Any) -> None:
    out, _ = project.doit("-r", "json", "unit")
    assert {task["name"]: task["result"] for task in json.loads(out)["tasks"]} == {"unit": "success"}
    out, _ = project.doit("-r", "json", "unit")
    assert json.loads(out)["tasks"][0]["result"] == "up-to-date"


def test_lamina_needs_no_dodo(project: Any) -> None:
    (project.root / "dodo.py").unlink()
    (project.root / "pyproject.toml").unlink()
    project.write("setup.cfg", "")
    project.write("tasks/own.py", "def task_own():\n    return {'actions': ['echo own task']}\n")
    project.doit("unit", program="lamina")
    assert project.outcomes() == {"unit": "passed"}
    assert "own task" in project.doit("own", program="lamina", folder="tests")[0]
    assert "fast_feedback" in project.doit("list", program="lamina")[0]
    assert project.doit("validate", program="lamina") == ("ok\n", "")
    assert "lamina " in project.doit("--version", program="lamina")[0]


def test_lamina_beside_a_dodo_of_another_kind(project: Any) -> None:
    project.write("dodo.py", "def task_other():\n    return {'actions': ['echo other']}\n")
    assert "other" in project.doit("other", program="lamina")[0]
    project.doit("unit", program="lamina")
    assert project.outcomes() == {"unit": "passed"}


def test_init_then_run(project: Any) -> None:
    (project.root / "dodo.py").unlink()
    (project.root / "pyproject.toml").unlink()
    out, _ = project.doit("init", "--dry-run", program="lamina")
    assert "would write" in out
    assert not (project.root / "dodo.py").exists()
    out, _ = project.doit("init", program="lamina")
    assert "wrote" in out
    project.doit("unit")
    assert project.outcomes() == {"unit": "passed"}
    before = {path: path.read_bytes() for path in project.root.glob("*.*") if path.is_file()}
    assert "left alone" in project.doit("init", program="lamina")[0]
    assert {path: path.read_bytes() for path in before} == before


def test_the_environment_is_in_the_results(project: Any) -> None:
    project.write("layers/environments/ci.yaml", "category_overrides:\n  unit: {timeout_seconds: 50}\n")
    project.doit("env=ci", "unit")
    assert project.results()["run"]["environment"] == "ci"
    project.doit("unit", LAMINA_ENV="ci")
    assert project.outcomes() == {"unit": "cached"}
    project.doit("unit")
    assert project.categories()["unit"]["reason"] == "its configuration changed"
