"""Who gets what is used: the collector on top, and each body again after every change of it."""

from __future__ import annotations

from pathlib import Path
from types import CodeType

import pytest

from lamina.tracing.blocks import analyse
from lamina.tracing.inputs import Inputs
from lamina.tracing.recorder import HIT_BITS, Collector, File, Recorder

SOURCE = b"def f(): pass\ndef test_g(): pass\n"


@pytest.fixture
def recorder(tmp_path: Path, builtins_as_before: None) -> Recorder:
    return Recorder(Inputs(str(tmp_path), str(tmp_path / ".lamina")))


@pytest.fixture
def file(recorder: Recorder) -> File:
    return recorder.add("a.py", "1", analyse(SOURCE))


def test_code_is_of_the_body_around_it(recorder: Recorder) -> None:
    source = b"""
class A:
    def m(self):
        def inner(): pass
        return inner, lambda: 1
    @property
    def p(self): pass
    @p.setter
    def p(self, value): pass
f = lambda: 1
"""
    file = recorder.add("b.py", "1", analyse(source))

    def named(code: CodeType) -> dict[str, list[str]]:
        found = {code.co_qualname: [file.analysis.bodies[hit & (1 << HIT_BITS) - 1].name for hit in file.hits_of(code)]}
        for constant in code.co_consts:
            found |= named(constant) if isinstance(constant, CodeType) else {}
        return found

    assert named(compile(source, "b.py", "exec")) == {
        "<module>": [], "A": [], "<lambda>": [], "A.m": ["A.m"], "A.m.<locals>.inner": ["A.m"], "A.m.<locals>.<lambda>": ["A.m"],
        "A.p": ["A.p", "A.p#2"],
    }  # fmt: skip


def test_code_that_looks_like_a_function_of_the_file(recorder: Recorder) -> None:
    """As hypothesis makes it, which puts it around a test."""
    file = recorder.add("b.py", "1", analyse(b"class TestA:\n    def test_b(self): pass\ndef c(): pass\n"))

    def given() -> CodeType:
        def wrapped() -> None: ...

        return wrapped.__code__

    def named(name: str) -> list[str]:
        hits = file.hits_of(given().replace(co_name=name, co_filename="b.py"))
        return [file.analysis.bodies[hit & (1 << HIT_BITS) - 1].name for hit in hits]

    assert [named(name) for name in ("test_b", "c", "d", "<lambda>")] == [["TestA.test_b"], ["c"], [], []]


def run(file: File, number: int) -> None:
    """As a probe does."""
    call = file.armed(number)
    if call is not None:
        call()


def test_the_top_gets_what_runs(recorder: Recorder, file: File) -> None:
    outer, inner = Collector(), Collector()
    recorder.enter(outer)
    run(file, 0)
    recorder.enter(inner)
    run(file, 0)
    run(file, 1)
    recorder.leave(inner)
    run(file, 1)
    run(file, 1)
    recorder.leave(outer)
    run(file, 0)
    assert (outer.hits, inner.hits, recorder.base.hits) == ([0, 1], [0, 1], [0])


def test_a_body_that_ran_before_the_inner_one_is_told_of_again_behind_it(recorder: Recorder, file: File) -> None:
    outer, inner = Collector(), Collector()
    recorder.enter(outer)
    run(file, 0)
    recorder.enter(inner)
    recorder.leave(inner)
    run(file, 0)
    assert set(outer.hits) == {0}
    assert inner.hits == []


def test_what_ran_below_is_armed_once_and_told_of_by_each_above(recorder: Recorder, file: File) -> None:
    run(file, 0)
    for _ in range(2):
        collector = Collector()
        recorder.enter(collector)
        run(file, 0)
        recorder.leave(collector)
        assert collector.hits == [0]
    run(file, 0)
    run(file, 1)
    recorder.arm()
    recorder.arm()
    run(file, 1)
    assert recorder.base.hits == [0, 0, 1, 1]


def test_leaving_takes_off_what_was_left_above(recorder: Recorder, file: File) -> None:
    outer, inner = Collector(), Collector()
    recorder.enter(outer)
    recorder.enter(inner)
    run(file, 0)
    recorder.leave(outer)
    assert recorder.top is recorder.base
    run(file, 0)
    assert recorder.base.hits == [0]


def test_inputs_go_to_the_top_and_nowhere_at_the_bottom(recorder: Recorder) -> None:
    outer, inner = Collector(), Collector()
    assert recorder.sink is None
    recorder.enter(outer)
    recorder.enter(inner)
    assert recorder.sink is inner.inputs
    recorder.leave(inner)
    assert recorder.sink is outer.inputs
    recorder.leave(outer)
    assert recorder.sink is None


def test_a_file_is_taken_up_once_for_each_content(recorder: Recorder, file: File) -> None:
    assert recorder.add("a.py", "1", analyse(SOURCE)) is file
    other = recorder.add("a.py", "2", analyse(SOURCE))
    collector = Collector()
    recorder.enter(collector)
    run(other, 1)
    run(file, 1)
    assert collector.hits == [(1 << HIT_BITS) | 1, 1]


def test_flat(recorder: Recorder, file: File) -> None:
    run(file, 0)
    flat = Collector()
    recorder.be_flat(flat)
    recorder.enter(Collector())
    run(file, 0)
    recorder.leave(Collector())
    run(file, 1)
    assert flat.hits == [0, 1]
    assert recorder.sink is flat.inputs


def test_imports_of_a_module_add_up(recorder: Recorder) -> None:
    for key in ("file:a", "file:b"):
        collector = Collector()
        collector.inputs.add(key)
        recorder.imported("a.py", collector)
    assert recorder.imports["a.py"].inputs == {"file:a", "file:b"}
    assert recorder.recent == ["a.py", "a.py"]


def test_a_file_s_own_bodies_belong_to_it_while_its_tests_are_made(recorder: Recorder, file: File) -> None:
    other = recorder.add("b.py", "1", analyse(SOURCE))
    collector = Collector(hears=False)
    recorder.enter(collector)
    assert recorder.sink is None
    run(file, 0)
    run(other, 1)
    recorder.leave(collector)
    recorder.collected("a.py", collector)
    assert recorder.imports["a.py"].hits == [0]
    assert recorder.base.hits == [(other.number << HIT_BITS) + 1]
    again = Collector()
    recorder.enter(again)
    run(file, 0)
    assert again.hits == [0], "a test that runs it tells of it"
