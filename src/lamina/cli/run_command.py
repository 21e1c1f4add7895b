"""`doit run`, and `doit` without a command: doit's own, with wrong numbers and unknown names answered in full."""

from __future__ import annotations

from fnmatch import fnmatch
from io import StringIO
from typing import Any

from doit.cmd_run import Run as DoitRun
from doit.exceptions import InvalidCommand

from lamina.cli.doit_tasks import kind_of
from lamina.cli.explained import Explained

__all__ = ["Run"]


class Run(Explained, DoitRun):  # type: ignore[misc]
    """Checks what was asked for, then lets doit run it; the run itself is the reporter's."""

    name = "run"
    doc_purpose = "run layers, categories and tasks"
    doc_usage = "[LAYER|CATEGORY|TASK...] [env=NAME] [layer_config=FILE] [level=LEVEL] [fresh=true] [background=true]"

    def parse_execute(self, in_args: list[str]) -> Any:
        """Reads the options; says which are allowed where doit only says that a number is none."""
        _check_number(in_args)
        return super().parse_execute(in_args)

    def _execute(
        self,
        outfile: Any,
        verbosity: Any = None,
        always: bool = False,
        continue_: bool = False,
        reporter: Any = "console",
        num_process: int = 0,
        par_type: str = "process",
        single: bool = False,
        auto_delayed_regex: bool = False,
        force_verbosity: bool = False,
        failure_verbosity: int = 0,
        pdb: bool = False,
    ) -> Any:
        run = getattr(reporter, "run", None)
        if run is not None:
            run.project.slots = num_process or run.project.slots
            run.project.follows_load = run.project.follows_load and not num_process
            run.always = always
        elif any(kind_of(task) for task in self.task_list):
            # Somebody asked for another reporter (`-r json`), whose output is to be its own.
            from lamina.cli.dodo import current_run

            current_run().stream = StringIO()
        if single:
            self._cut_edges()
        try:
            return super()._execute(
                outfile, verbosity, always, continue_, reporter, num_process, par_type, False, auto_delayed_regex,
                force_verbosity, failure_verbosity, pdb,
            )  # fmt: skip
        except InvalidCommand as error:
            if error.not_found is None:
                raise
            raise InvalidCommand(self._unknown(error.not_found)) from None

    def _cut_edges(self) -> None:
        """What `-s` asks for. doit's own way runs only the first of several names."""
        tasks = {task.name: task for task in self.task_list}
        for name in self.sel_tasks or []:
            for task in [
                task for task in tasks.values() if task.name == name or ("*" in name and fnmatch(task.name, name))
            ]:
                if task.has_subtask:
                    for part in task.task_dep:
                        tasks[part].task_dep = []
                else:
                    task.task_dep = []

    def _unknown(self, name: str) -> str:
        from lamina.layers.spelling import did_you_mean

        tasks = [task.name for task in self.task_list if not task.name.startswith("_")]
        hint = did_you_mean(name, [*tasks, *self.loader.cmd_names])
        return (
            f"there is no layer, category, task or command {name!r}{hint}\n"
            f"`{self.bin_name} list` shows what there is, `{self.bin_name} help` the commands."
        )


def _check_number(words: list[str]) -> None:
    for position, word in enumerate(words):
        if word in ("-n", "--process"):
            text = words[position + 1] if position + 1 < len(words) else ""
        elif word.startswith("--process="):
            text = word.removeprefix("--process=")
        elif word.startswith("-n") and not word.startswith("--"):
            text = word[2:]
        else:
            continue
        if not (text.isdigit() and text.isascii() and 0 < int(text) <= 10_000):
            raise InvalidCommand(f"-n {text}: is not a number of workers; allowed: whole numbers from 1 to 10000")
