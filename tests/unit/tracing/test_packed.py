"""Blocks of tests are bytes until somebody asks, and then what they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lamina.cache.recording import Recording, decode_analysis
from lamina.tracing.analysis import Analysis, Body
from lamina.tracing.blocks import analyse
from lamina.tracing.packed import Packed, bodies, with_packed_tests

SOURCE = b"""
import pytest
@pytest.mark.parametrize("number", [1, 2])
def test_area(number, tmp_path):
    import shapes
    assert shapes.area(number) == number
class TestShape:
    def test_name(self): assert self.made().name
    def made(self): return Shape()
test_alias = test_area
"""


@pytest.fixture
def analysis() -> Analysis:
    return analyse(SOURCE)


def test_each_block_is_what_it_was(analysis: Analysis) -> None:
    packed = with_packed_tests(analysis)
    assert list(packed.bodies) == list(analysis.bodies) == [packed.bodies[place] for place in range(3)]
    assert list(packed.definitions) == list(analysis.definitions)
    assert packed.definitions[1:] == list(analysis.definitions[1:])
    assert (len(packed.bodies), len(packed.definitions)) == (len(analysis.bodies), len(analysis.definitions))
    assert packed[2:] == analysis[2:]


def test_only_tests_are_packed(analysis: Analysis) -> None:
    packed = with_packed_tests(analysis)
    kept = {body.name for body in analysis.bodies if any(body is one for one in packed.bodies)}
    assert kept == {"TestShape.made"}


def test_one_that_is_taken_from_others_is_the_same(analysis: Analysis) -> None:
    packed, plain = with_packed_tests(analysis), analysis
    taken: Packed[Body] = bodies()
    for place in range(3):
        taken.take(packed.bodies, place)
        taken.take(plain.bodies, place)
    assert list(taken) == [plain.bodies[place] for place in (0, 0, 1, 1, 2, 2)]


def test_what_is_written_of_it_has_all_blocks(analysis: Analysis, tmp_path: Path) -> None:
    path = str(tmp_path / "cache.sqlite3")
    recording = Recording(path, "unit")
    version = recording.version("test_a.py", "1", with_packed_tests(analysis))
    item = recording.item("body:test_a.py:test_area", "1", version)
    recording.keep("test", "test_area", recording.shared(frozenset()), frozenset({item}), None)
    recording.close()
    with closing(sqlite3.connect(path)) as connection:
        (blob,) = connection.execute("select analysis from versions").fetchone()
    assert decode_analysis(blob) == analysis
