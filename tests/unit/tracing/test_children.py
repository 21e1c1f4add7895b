"""Child processes of tests: what Python ones use is the test's, whatever else they are makes it depend on everything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[[dict[str, str]], None]
Use = Callable[..., Any]

EVERYTHING, UNSEEN = "everything:", "unseen:"
FILES = {
    "data.txt": "1",
    "other.txt": "2",
    "tool.py": "import helper\nhelper.used()\n",
    "helper.py": "def used(): return open('data.txt').read()\ndef unused(): return 2\n",
    "quiet.py": "X = 1\n",
    "package/__init__.py": "",
    "package/__main__.py": "open('data.txt')\n",
}
BEGIN = "import os, subprocess, sys\n"
READ = "[sys.executable, '-c', 'open(\"data.txt\")']"


@pytest.fixture(autouse=True)
def files(make: Make) -> None:
    make(FILES)


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.run({})",
        "subprocess.call({})",
        "subprocess.check_output({})",
        "subprocess.Popen({}).wait()",
        "subprocess.run({}, env=dict(os.environ))",
        "subprocess.run({}, env={{}})",
        "subprocess.run({}, env={{b'A': b'1'}})",
        "subprocess.run({}, env={{'PYTHONPATH': 'package'}})",
        "subprocess.run({}, close_fds=False)",
        "subprocess.run({}, start_new_session=True)",
        "subprocess.run({}, preexec_fn=os.setsid)",
        "subprocess.run({}, cwd=os.path.abspath('.'))",
        "import asyncio\nasync def main(): await (await asyncio.create_subprocess_exec(*{})).wait()\nasyncio.run(main())",
    ],
)
def test_python_is_traced(used: Use, start: str) -> None:
    found = used(BEGIN + start.format(READ))
    assert "file:data.txt" in found.inputs
    assert not {EVERYTHING, UNSEEN} & found.inputs


def test_code_in_a_child(used: Use) -> None:
    found = used(BEGIN + "subprocess.run([sys.executable, 'tool.py'], check=True)")
    assert found.bodies == {"helper.py:used"}
    assert "helper.py" in found.modules
    assert found.of("file") == {"file:data.txt", "file:tool.py"}
    assert not {EVERYTHING, UNSEEN} & found.inputs


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("'quiet.py'", {"file:quiet.py"}),
        ("'-m', 'quiet'", {"file:quiet.py"}),
        ("'-m', 'package'", {"file:package/__main__.py", "file:data.txt"}),
        ("'package'", {"file:package/__main__.py", "file:data.txt"}),
        ("'-c', 'import quiet'", set()),
        ("'-X', 'utf8', '-W', 'error', 'quiet.py'", {"file:quiet.py"}),
    ],
)
def test_what_a_child_executes(used: Use, words: str, expected: set[str]) -> None:
    found = used(BEGIN + f"subprocess.run([sys.executable, {words}], check=True)")
    assert found.of("file") == expected
    assert expected or "quiet.py" in found.modules
    assert not {EVERYTHING, UNSEEN} & found.inputs


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.run(['true'])",
        "subprocess.run('true', shell=True)",
        "subprocess.run([sys.executable, '-I', '-c', ''])",
        "subprocess.run([sys.executable, '-E', '-c', ''])",
        "subprocess.run([sys.executable, '-S', '-c', ''])",
        "subprocess.run([sys.executable, '-V'])",
        # A shell that runs Python has its own inputs, even if the Python has told its own.
        "subprocess.run(sys.executable + ' quiet.py; cat other.txt', shell=True)",
        "subprocess.run(['sh', '-c', sys.executable + ' quiet.py && cat other.txt'])",
        "subprocess.run(sys.executable + ' quiet.py', shell=True)",
        "subprocess.run(['sh', 'script.sh'])",
        "subprocess.run(['./script.sh'])",
        "os.system('true')",
        "os.popen('true').read()",
        "os.waitpid(os.posix_spawn('/bin/true', ['true'], os.environ), 0)",
        "os.waitpid(os.posix_spawnp('true', ['true'], os.environ), 0)",
        "os.spawnv(os.P_WAIT, '/bin/true', ['true'])",
        "os.spawnlp(os.P_WAIT, 'true', 'true')",
        "pid = os.fork()\nif pid == 0: os.execv('/bin/true', ['true'])\nos.waitpid(pid, 0)",
        "import pty; pty.spawn(['true'])",
        "import subprocess as s\ndef before(): open('other.txt')\ns.run([sys.executable, '-c', ''], preexec_fn=before)",
    ],
)
def test_others_may_have_used_everything(used: Use, project: Path, start: str) -> None:
    script = project / "script.sh"
    script.write_text(f"#!/bin/sh\ntest -f other.txt\nexec {sys.executable} quiet.py\n")
    script.chmod(0o755)
    found = used(BEGIN + start)
    assert UNSEEN in found.inputs


def test_a_program_that_is_not_there(used: Use) -> None:
    used(BEGIN + "subprocess.run(['no-such-program'])", fails="FileNotFoundError")


@pytest.mark.parametrize("first", ["#!{python}", "#!/usr/bin/env -S {python}"])
def test_scripts_of_python(used: Use, project: Path, first: str) -> None:
    """As those that installers make."""
    script = project / "bin" / "tool"
    script.parent.mkdir()
    script.write_text(f"{first.format(python=sys.executable)}\nopen('data.txt')\n")
    script.chmod(0o755)
    code = "subprocess.run(['tool', 'word'], env={**os.environ, 'PATH': os.path.abspath('bin') + ':' + os.environ['PATH']})"
    found = used(BEGIN + code)
    assert {"file:bin/tool", "file:data.txt"} <= found.inputs
    assert not {EVERYTHING, UNSEEN} & found.inputs


def test_a_child_sees_what_it_would_see_without_lamina(used: Use) -> None:
    show = "import os, sys; print(dict(os.environ), sys.path, 'sitecustomize' in sys.modules)"
    code = f"""
        import os, subprocess, sys
        outside = subprocess.Popen.__init__
        for words in ({{}}, {{"PYTHONPATH": ""}}, {{"PYTHONPATH": "package:x"}}):
            environment = {{"HOME": "/", **words}}
            seen = subprocess.run([sys.executable, "-c", {show!r}], env=environment, capture_output=True, text=True)
            own, recorder.sink = recorder.sink, None
            plain = subprocess.run([sys.executable, "-c", {show!r}], env=environment, capture_output=True, text=True)
            recorder.sink = own
            assert (seen.stdout, seen.stderr) == (plain.stdout, plain.stderr), (seen, plain)
            assert "LAMINA" not in seen.stdout
        assert environment == {{"HOME": "/", "PYTHONPATH": "package:x"}}
    """
    assert not {EVERYTHING, UNSEEN} & used(code).inputs


def test_a_child_executes_the_projects_own_sitecustomize(used: Use, make: Make) -> None:
    make({"own/sitecustomize.py": "open('other.txt'); print('own')"})
    code = "print(subprocess.run([sys.executable, '-c', 'import sys; print(sys.modules[\"sitecustomize\"].__file__)'], "
    found = used(BEGIN + code + "env={'PYTHONPATH': 'own'}, capture_output=True, text=True).stdout)")
    assert found.said.split() == ["own", str(Path("own", "sitecustomize.py"))] or found.said.endswith(
        "own/sitecustomize.py"
    )
    assert "own/sitecustomize.py" in found.modules
    assert "file:other.txt" in found.inputs


def test_what_is_finalized_when_python_has_cleared_the_builtins(used: Use, make: Make) -> None:
    make(
        {"ending.py": "class Ending:\n    def said(self): return 'ended'\n    def __del__(self): print(self.said())\n"}
    )
    ending = "import ending; keep = lambda: None; last = ending.Ending()"
    found = used(
        BEGIN + f"done = subprocess.run([sys.executable, '-c', {ending!r}], capture_output=True, text=True)\n"
        "assert (done.stdout, done.stderr) == ('ended\\n', ''), done"
    )
    assert found.bodies == {"ending.py:Ending.said", "ending.py:Ending.__del__"}


def test_children_of_children(used: Use, make: Make) -> None:
    make({"parent.py": f"{BEGIN}subprocess.run({READ}, check=True)"})
    found = used(BEGIN + "subprocess.run([sys.executable, 'parent.py'], check=True)")
    assert "file:data.txt" in found.inputs
    assert not {EVERYTHING, UNSEEN} & found.inputs


def test_other_programs_of_children(used: Use, make: Make) -> None:
    make({"parent.py": f"{BEGIN}subprocess.run(['true'], check=True)"})
    assert UNSEEN in used(BEGIN + "subprocess.run([sys.executable, 'parent.py'], check=True)").inputs


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.Popen([sys.executable, '-c', 'import time; open(\"data.txt\"); print(flush=True); time.sleep(60)'], {})",
        "subprocess.Popen([sys.executable, '-c', {!r}], {{}})".format(
            "import os, time\nif os.fork(): os._exit(0)\nopen('data.txt'); print(flush=True); time.sleep(60)"
        ),
    ],
)
def test_a_child_that_goes_on_may_still_use_everything(used: Use, start: str) -> None:
    code = f"child = {start.format('stdout=subprocess.PIPE, start_new_session=True')}\nchild.stdout.readline()\n"
    code += "import atexit, signal; atexit.register(os.killpg, child.pid, signal.SIGKILL)"
    assert {UNSEEN, "file:data.txt"} <= used(BEGIN + code).inputs


def test_a_child_that_has_ended_is_left_to_be_waited_for(used: Use) -> None:
    code = """
        child = subprocess.Popen([sys.executable, '-c', 'raise SystemExit(3)'])
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        recorder.ended(recorder.top)
        assert child.returncode is None and os.waitpid(child.pid, 0)[0] == child.pid
        """
    assert not {EVERYTHING, UNSEEN} & used(BEGIN + "\n".join(line.strip() for line in code.split("\n"))).inputs


def test_a_child_that_is_killed_has_told_what_it_used(used: Use) -> None:
    code = "subprocess.run([sys.executable, '-c', 'import os; open(\"data.txt\"); os.kill(os.getpid(), 9)'])"
    found = used(BEGIN + code)
    assert "file:data.txt" in found.inputs
    assert not {EVERYTHING, UNSEEN} & found.inputs


@pytest.mark.parametrize(
    "code",
    [
        "pid = os.fork()\nif pid == 0:\n    work(); os._exit(0)\nos.waitpid(pid, 0)",
        "pid, _ = os.forkpty()\nif pid == 0:\n    work(); os._exit(0)\nos.waitpid(pid, 0)",
        "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=work)\np.start(); p.join()",
        "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(1) as pool:\n    pool.apply(helper.used)\n"
        "    pool.close(); pool.join()",
        "import concurrent.futures as c, multiprocessing as m\n"
        "with c.ProcessPoolExecutor(1, m.get_context('fork')) as pool: pool.submit(helper.used).result()",
    ],
)
def test_forks(used: Use, code: str) -> None:
    """They go on in the middle of the test's own process."""
    work = "import helper\ndef work(): helper.used()\n"
    found = used(f"{BEGIN}sys.path.insert(0, '.')\n{work}{code}")
    assert "file:data.txt" in found.inputs
    assert "helper.py:used" in found.bodies
    assert not {EVERYTHING, UNSEEN} & found.inputs


def test_a_fork_that_goes_on_may_still_use_everything(used: Use) -> None:
    code = "pid = os.fork()\nif pid == 0:\n    import time; time.sleep(60); os._exit(0)\n"
    code += "import atexit; atexit.register(os.kill, pid, 9)"
    assert UNSEEN in used(BEGIN + code).inputs


def test_a_fork_that_closes_all_descriptors(used: Use) -> None:
    code = """
        pid = os.fork()
        if pid == 0:
            os.closerange(3, 100)
            files = [open("mine", "a+b") for _ in range(20)]
            open("data.txt")
            os._exit(len(open("mine").read()))
        assert os.waitpid(pid, 0)[1] == 0
        """
    found = used(BEGIN + "\n".join(line[8:] for line in code.split("\n")))
    assert "file:data.txt" in found.inputs


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_processes_that_multiprocessing_starts_afresh(used: Use, way: str) -> None:
    code = f"import multiprocessing, time\np = multiprocessing.get_context({way!r}).Process(target=time.time)\np.start(); p.join()"
    assert UNSEEN in used(code).inputs


def test_a_server_of_forks_that_an_earlier_test_has_started(used: Use) -> None:
    code = """
        import multiprocessing, time
        context = multiprocessing.get_context("forkserver")
        for _ in range(2):
            sink.clear()
            p = context.Process(target=time.time)
            p.start()
            p.join()
        """
    assert UNSEEN in used(code).inputs


def test_a_child_that_a_module_starts_when_imported(used: Use, make: Make) -> None:
    make({"starts.py": f"{BEGIN}subprocess.run({READ})", "starts_other.py": f"{BEGIN}subprocess.run(['true'])"})
    code = "import sys; sys.path.insert(0, '.')\nimport {0}\nsink |= recorder.imports['{0}.py'].inputs"
    assert "file:data.txt" in used(code.format("starts")).inputs
    assert UNSEEN in used(code.format("starts_other")).inputs


def test_nothing_is_left_behind(used: Use, project: Path) -> None:
    used(BEGIN + f"subprocess.run({READ}); subprocess.run(['true'])")
    assert list((project / ".lamina" / "children").iterdir()) == []


def test_without_a_collector_children_are_left_alone(used: Use) -> None:
    code = "recorder.sink = None\nprint(subprocess.run([sys.executable, '-c', 'import sys; print(\"lamina\" in sys.modules)'], "
    assert used(BEGIN + code + "capture_output=True, text=True).stdout)").said == "False"


def test_a_cache_that_can_not_be_written_fails_no_test(used: Use, project: Path) -> None:
    (project / ".lamina").write_text("in the way")
    found = used(
        BEGIN + f"subprocess.run({READ}, check=True)\npid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)"
    )
    assert UNSEEN in found.inputs


def test_errors_of_popen_stay(used: Use) -> None:
    used("import subprocess; subprocess.run([])", fails="IndexError")
    used("import subprocess, sys; subprocess.run([sys.executable, 'a\\0b'])", fails="ValueError")


def test_functions_that_a_test_replaces_are_not_called_by_lamina(used: Use, make: Make) -> None:
    make({".lamina/lamina.db": ""})
    code = """
        import os, subprocess, sys, tempfile
        from unittest import mock
        with mock.patch("builtins.open") as opened, mock.patch("os.open") as low, mock.patch("tempfile.mkstemp") as temporary:
            with mock.patch("os.makedirs") as made, mock.patch("json.dumps") as dumped:
                subprocess.run([sys.executable, "-c", "open('data.txt')"], check=True)
        for replaced in (opened, low, temporary, made, dumped):
            assert not replaced.called, replaced.mock_calls
        """
    assert "file:data.txt" in used(code).inputs


def test_what_the_machine_is_depends_on_no_file(used: Use) -> None:
    """`platform.platform()` starts `uname -p`, where that was not asked before."""
    asked = used("import platform; print('is', platform.uname().processor)")
    assert "is" in asked.said and not {EVERYTHING, UNSEEN} & asked.inputs


def test_what_a_plugin_starts_for_itself_is_nobodys(used: Use, make: Make) -> None:
    """While tests are collected, as pytest-benchmark asks git which commit this is."""
    make({"starting.py": "import subprocess\ndef start(): subprocess.run(['true'])\n"})
    assert used("inputs.picky = True\nimport subprocess\nsubprocess.run(['true'])").inputs == set()
    assert UNSEEN in used("import starting\ninputs.picky = True\nstarting.start()").inputs
