"""YAML with the line of every key, and what is said about YAML that can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lamina.layers.reading import key_text, parse, read_file

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


def test_each_key_and_item_has_its_line() -> None:
    document = parse("a:\n  b: 1\n\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n", "f")
    assert document.data == {"a": {"b": 1, "c": ["x", {"d": 2, "e": 3}]}}
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 6,
        ("a", "c", 1, "d"): 6,
        ("a", "c", 1, "e"): 7,
    }
    assert document.faults == []


@given(plain)
def test_values_are_those_of_plain_loading(value: object) -> None:
    assert parse(yaml.safe_dump(value), "f").data == value


@pytest.mark.parametrize("key", ["on", "yes", "1", "null", "2024-01-01", "<", "a.b"])
def test_keys_are_texts_as_written(key: str) -> None:
    assert parse(f"{key}: 1", "f").data == {key: 1}


def test_merged_keys_point_to_where_they_were_written_and_are_no_duplicates() -> None:
    document = parse("x: &x\n  a: 1\n  b: 2\ny:\n  <<: *x\n  b: 3\nz: *x\nw: {k: *x}\n", "f")
    assert document.data["y"] == {"a": 1, "b": 3}
    assert (document.lines[("y", "a")], document.lines[("y", "b")]) == (2, 6)
    assert document.faults == []


def test_an_alias_to_a_mapping_with_merged_keys_has_no_duplicates() -> None:
    document = parse("x: &x {a: 1}\ny: &y {<<: *x, a: 2}\nz: *y\n", "f")
    assert (document.data["z"], document.faults) == ({"a": 2}, [])


FAULTS = {
    "brackets": ("a: [1\nb: 2\n", "f:2:2: bad YAML: did not find expected ',' or ']'"),
    "tab": (
        "a:\n\tb: 2\n",
        "f:2:1: bad YAML: found character that cannot start any token (YAML is indented with spaces, not tabs)",
    ),
    "two documents": (
        "a: 1\n---\nb: 1\n",
        "f:2:1: bad YAML: expected a single document in the stream, but found another document",
    ),
    "unknown alias": ("a: *b\n", "f:1:4: bad YAML: found undefined alias"),
    "alias inside itself": ("a: &x [*x]\n", "f:1:4: bad YAML: an alias stands inside what it names"),
    "alias inside itself, mapping": ("a: &x {b: *x}\n", "f:1:4: bad YAML: an alias stands inside what it names"),
    "key that is a list": ("? [a]\n: 1\n", "f:1:3: bad YAML: a key must be plain text"),
    "date that is none": ("a: 2024-13-45\n", "f:1:4: bad YAML: '2024-13-45': month must be in 1..12"),
    "control character": ("a: 1\nb: \0\n", "f:2: bad YAML: control characters are not allowed"),
    "too deep": ("a: " + "[" * 60 + "]" * 60, "f:1:54: bad YAML: nested deeper than 50"),
    "duplicate key": ("a: {b: 1,\n  b: 2}\n", "f:2: a.b: is given twice, first on line 1"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_names_line_and_column(text: str, message: str) -> None:
    assert "\n".join(map(str, parse(text, "f").faults)) == message


def test_a_tag_makes_no_object() -> None:
    assert parse("a: !!python/object:os.system {b: 1}\n", "f").data == {"a": {"b": 1}}
    (fault,) = parse("a: !!python/name:os.system x\n", "f").faults
    assert "could not determine a constructor for the tag" in fault.problem


def test_aliases_that_would_fill_the_memory_are_refused() -> None:
    rows = ["a0: &a0 [0]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (fault,) = parse("\n".join(rows), "f").faults
    assert fault.problem == "bad YAML: more than 100,000 values after expanding aliases"


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_file(tmp_path / "f.yaml", "f").data == {"a": 1}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"a: caf\xe9\n")
    assert str(read_file(tmp_path / "latin", "f").faults[0]) == "f: is not UTF-8 (found byte 0xe9 at 6)"
    assert str(read_file(tmp_path, "f").faults[0]) == "f: can't be read: Is a directory"
    assert str(read_file(tmp_path / "none", "f").faults[0]) == "f: can't be read: No such file or directory"


def test_the_loader_without_libyaml_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &a\n  b: [1, {c: 2}]\nd: {<<: *a, e: yes}\n"
    fast = parse(text, "f")
    monkeypatch.setattr("lamina.layers.reading._Loader", yaml.SafeLoader)
    assert parse(text, "f") == fast
    assert str(parse("a: [1\nb: 2\n", "f").faults[0]) == "f:2:2: bad YAML: expected ',' or ']', but got ':'"
    assert str(parse("[" * 5000, "f").faults[0]) == "f: bad YAML: nested too deep"


def test_key_paths_as_text() -> None:
    assert key_text(("layers", "a", "categories", 0, "name")) == "layers.a.categories[0].name"
    assert key_text(()) == ""
