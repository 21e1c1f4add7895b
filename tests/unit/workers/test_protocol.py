"""Lines: messages come through whole, however the bytes arrive."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lamina.workers.protocol import Lines, encode

messages = st.fixed_dictionaries({"kind": st.just("note"), "text": st.text()})


@given(st.lists(messages, max_size=5), st.data())
def test_any_pieces_make_the_same_messages(sent: list[Any], data: st.DataObject) -> None:
    whole = b"".join(encode(message) for message in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    lines = Lines()
    received = []
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        received += lines.feed(whole[begin:end])
    assert received == sent


def test_half_a_message_waits_for_its_other_half() -> None:
    lines = Lines()
    assert lines.feed(b'{"kind":"no') == []
    assert lines.feed(b'te"}') == []
    assert lines.feed(b"\n") == [{"kind": "note"}]


def test_names_that_are_not_utf_8_survive() -> None:
    line = encode({"kind": "note", "text": "caf\udce9 \u2028 🐍\n"})
    assert line.isascii() and line.count(b"\n") == 1
    assert json.loads(line)["text"] == "caf\udce9 \u2028 🐍\n"
    assert Lines().feed(line)[0]["text"] == "caf\udce9 \u2028 🐍\n"


def test_empty_lines_are_nothing() -> None:
    assert Lines().feed(b"\n\n") == []
