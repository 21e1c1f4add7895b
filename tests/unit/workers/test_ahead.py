import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamina.sources import index, pytest_settings
from lamina.sources.hashing import hash_file
from lamina.tracing.importing import Importing
from lamina.tracing.inputs import Inputs
from lamina.tracing.recorder import Recorder
from lamina.workers import ahead
from lamina.workers.ahead import Ahead
from lamina.workers.claims import Claims

ALL = [
    {"name": "unit", "include_patterns": ["**/*"], "exclude_patterns": [], "markers": [], "keywords": [], "rest": False}
]


class Project:
    """A package of `number` modules and one test file, as lamina has looked at it last."""

    def __init__(self, root: Path, number: int) -> None:
        self.root, self.number = root, number
        self.cache_dir = str(root / ".lamina")
        files = {f"package/module_{one}.py": f"def f(): return {one}\n" for one in range(number)}
        files |= {"package/__init__.py": "", "tests/test_a.py": "def test_a(): assert 1\n", "script.py": "pass\n"}
        table: dict[str, Any] = {}
        for path, text in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
            folder, _, name = path.rpartition("/")
            table.setdefault(folder, [{}, []])[0][name] = [0, 0, 0, 0, hash_file(str(root / path))[0], []]
        self.table = table
        index.save(self.cache_dir, index.Index(table=table, pytest=pytest_settings.read(str(root))), [])
        recorder = Recorder(Inputs(str(root), self.cache_dir))
        self.importing = Importing(str(root), str(root / ".lamina" / "code"), recorder)

    def ahead(self, slots: int = 2, only: list[str] | None = None) -> Ahead:
        request: Any = {"slots": slots, "cache_dir": self.cache_dir, "only": only}
        return Ahead(request, self.importing, Claims(ALL, "unit"))  # type: ignore[arg-type]

    def is_ready(self, path: str, is_rewritten: bool = False) -> bool:
        folder, _, name = path.rpartition("/")
        return self.importing.is_ready(path, self.table[folder][0][name][4], is_rewritten)

    @property
    def ready(self) -> int:
        return sum(self.is_ready(f"package/module_{one}.py") for one in range(self.number))


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "usable_cores", lambda: 2)


def wait_for(number: int, project: Project) -> None:
    wait_until(lambda: project.ready >= number)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)


def are_gone(processes: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in processes)


def test_modules_and_tests_are_made_ready_from_the_last_on(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = Project(tmp_path, 50)
    one = project.ahead()
    one.begin(request.config)
    processes = list(one._processes)
    wait_for(50, project)
    one.end()
    assert project.ready == 50
    assert project.is_ready("tests/test_a.py", is_rewritten=True)
    assert not project.is_ready("script.py")
    assert len(processes) == 1
    assert are_gone(processes)


def test_what_they_make_is_what_an_import_makes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = Project(tmp_path, 50)
    one = project.ahead()
    one.begin(request.config)
    wait_for(50, project)
    others = {"package/__init__.py": False, "tests/test_a.py": True}
    wait_until(lambda: all(project.is_ready(path, is_rewritten) for path, is_rewritten in others.items()))
    one.end()
    made = sorted(path.read_bytes() for path in (tmp_path / ".lamina" / "code").rglob("*") if path.is_file())
    again = tmp_path / "again"
    again.mkdir()
    importing = Project(again, 50).importing
    for path in (*(f"package/module_{one}.py" for one in range(50)), "package/__init__.py", "tests/test_a.py"):
        source = (tmp_path / path).read_bytes()
        kind = ("asserts", request.config) if path.startswith("tests") else ("", None)
        assert importing._probed(path, str(tmp_path / path), source, *kind) is not None
    expected = sorted(path.read_bytes() for path in (again / ".lamina" / "code").rglob("*") if path.is_file())
    assert made == expected


@pytest.mark.parametrize(("number", "slots", "only"), [(10, 2, None), (50, 1, None), (50, 2, ["tests/test_a.py"])])
def test_nothing_begins_for_little_or_without_a_processor(
    tmp_path: Path, request: pytest.FixtureRequest, number: int, slots: int, only: list[str] | None
) -> None:
    one = Project(tmp_path, number).ahead(slots, only)
    one.begin(request.config)
    assert one._processes == []
    one.end()


def test_faulty_and_changed_modules_are_passed_over(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = Project(tmp_path, 50)
    (tmp_path / "package" / "module_49.py").write_text("def f(: return 1\n")
    (tmp_path / "package" / "module_48.py").write_text("def f(): return -1\n")
    one = project.ahead()
    one.begin(request.config)
    wait_for(48, project)
    one.end()
    assert project.ready == 48


def test_all_are_ended_when_they_are_no_longer_needed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = Project(tmp_path, 400)
    one = project.ahead()
    one.begin(request.config)
    processes = list(one._processes)
    assert not are_gone(processes)
    one.end()
    assert are_gone(processes)
    assert project.ready < 400
