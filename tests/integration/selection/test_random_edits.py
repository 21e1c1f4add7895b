"""Whatever is edited in a small program: what lamina shows is what plain pytest says of the same tree.

A program is run once; then several edits of it are judged, each by what would be served, and the last one is run as well.
`HYPOTHESIS_PROFILE=soak` looks at many more programs, other ones each time.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lamina.engine import Engine
from lamina.engine.selection import Asked, Selection, select
from lamina.layers.model import Category, Configuration, Filters, Layer, Settings
from lamina.sources import index as index_file
from lamina.sources.updating import bring_up_to_date

sys.path.append(str(Path(__file__).parents[2]))

from support.plain_server import PlainServer
from support.small_edits import edit
from support.small_programs import Program, draw

EDITS = 8
_FOREIGN = ("PYTEST_", "LAMINA_", "COV_", "COVERAGE_", "PYTHON")
_GOT = re.compile(r"assert (['\"])(.*)\1 == '\?'")

settings.register_profile(
    "lamina", max_examples=8, derandomize=True, deadline=None, database=None, print_blob=True,
    suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
settings.register_profile("soak", settings.get_profile("lamina"), max_examples=1000, derandomize=False)
PROFILE = settings.get_profile("soak" if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else "lamina")


class Project:
    """A program on disk, in a folder of lamina's and in one of plain pytest's."""

    def __init__(self, folder: Path, server: PlainServer) -> None:
        self.root = folder / "project"
        self._plain = folder / "plain"
        self._server = server
        self._category = Category(
            name="unit", filters=Filters(rest=True), timeout_seconds=60.0, max_parallel_instances=1,
            pytest_args=("-p", "no:cacheprovider"),
        )  # fmt: skip

    def write(self, files: dict[str, str]) -> None:
        """Makes the tree this one."""
        for root in (self.root, self._plain):
            for part in ("app", "tests"):
                shutil.rmtree(root / part, ignore_errors=True)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
        index = index_file.load(str(self.root / ".lamina"), [])
        bring_up_to_date(str(self.root), str(self.root / ".lamina"), index)
        index_file.save(str(self.root / ".lamina"), index, [])
        self._table = index.table
        self._files = sorted(path for path in files if path.startswith("tests/test_"))

    def plain(self) -> dict[str, tuple[str, str]]:
        return self._server.outcomes(self._plain)

    def selection(self) -> Selection:
        asked = Asked("unit", "layer", self._files, "", self._table, False, False)
        return select(str(self.root / ".lamina"), str(self.root), asked, os.environ)

    def run(self) -> dict[str, str] | None:
        """Runs lamina: what it shows; None when the program can't be imported."""
        layer = Layer(
            name="layer",
            execution_order=1,
            max_duration_minutes=5,
            execution_mode="parallel",
            categories=(self._category,),
        )
        configuration = Configuration(layers=(layer,), settings=Settings(audit_share=0.0))
        # What is left of a run's processes is found by its id: two of these tests at one time need different ones.
        run_id = f"run-{os.getpid()}"
        engine = Engine(root=self.root, configuration=configuration, slots=1, run_id=run_id, emit=lambda event: None)
        try:
            outcome = engine.run_category("unit", files=self._files, table=self._table)
        finally:
            engine.close()
        assert outcome.record.outcome != "not_run", outcome.record
        if outcome.record.outcome == "error":
            assert outcome.record.collect_errors, outcome.record
            return None
        return {test.id: test.outcome for test in outcome.tests}


@pytest.fixture(scope="module")
def server() -> Iterator[PlainServer]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    running = PlainServer({**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    yield running
    running.close()


@pytest.fixture(scope="module", autouse=True)
def _own_environment() -> Iterator[None]:
    """Without what this test's own pytest, or a worker of lamina, has set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) and name != "LAMINA_SESSION":
                patch.delenv(name)
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        yield


def expecting(program: Program, found: dict[str, tuple[str, str]]) -> None:
    """Lets tests expect what they were seen to get, and takes those away that get something else each time."""
    for test in list(program.tests):
        match = _GOT.search(found.get(f"tests/{test.file}::{test.name}", ("", ""))[1])
        if match is None or " at 0x" in match[2]:
            program.tests.remove(test)
        else:
            test.expected = match[2]


def check(project: Project, random: Random) -> None:
    """One program and its edits."""
    program = draw(random)
    project.write(program.files())
    expecting(program, project.plain())
    if not program.tests:
        return
    project.write(program.files())
    shown = project.run()
    assert shown is not None and set(shown.values()) == {"passed"}, shown
    assert len(project.selection().served) == len(program.tests), "nothing changed"
    for number in range(EDITS):
        edited, done = edit(program, random)
        project.write(edited.files())
        plain = {test: outcome for test, (outcome, _) in project.plain().items()}
        selection = project.selection()
        wrong = [test for test in selection.served if plain.get(test, "gone") not in ("passed", "gone")]
        assert not wrong, f"{done}: served although they fail now: {wrong}"
        served_whole = selection.only is not None and {*selection.served} - {*plain}
        gone = [test for test in served_whole or () if test.partition("::")[0] not in (selection.only or ())]
        assert not [test for test in gone if test.partition("::")[0] in project._files], (
            f"{done}: gone, but shown: {gone}"
        )
        if number == EDITS - 1:
            shown = project.run()
            if shown is None:
                assert "passed" not in plain.values(), f"{done}: an error instead of {plain}"
            else:
                assert shown == plain, f"{done}: {shown} instead of {plain}"


def test_edits(server: PlainServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    @PROFILE
    @given(st.randoms(use_true_random=False))
    def holds(random: Random) -> None:
        folder = tmp_path_factory.mktemp("program")
        check(Project(folder, server), random)
        shutil.rmtree(folder)

    holds()
