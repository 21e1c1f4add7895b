from __future__ import annotations

import pytest

from lamina.reports.storing import watched

FORMS = {b"<mark-one>": "json:id", b'"two"': "json:slots"}


@pytest.mark.parametrize("block_size", [1, 7, 11, 16, 40, 1000])
@pytest.mark.parametrize("piece_size", [1, 3, 10, 200])
def test_marks_are_found_however_blocks_and_pieces_cut_them(block_size: int, piece_size: int) -> None:
    content = b'<mark-one>0123456789<mark-one><mark-one>"two""two"0123456<mark-<mark-one>0123"tw"two"'
    pieces = [content[start : start + piece_size] for start in range(0, len(content), piece_size)]
    holes: list[tuple[int, int, str]] = []
    assert b"".join(watched(pieces, FORMS, holes, block_size)) == content
    assert [FORMS[content[begin:end]] for begin, end, _ in holes] == [form for _, _, form in holes]
    assert len(holes) == content.count(b"<mark-one>") + content.count(b'"two"')
    assert holes == sorted(holes)


def test_nothing_at_all() -> None:
    holes: list[tuple[int, int, str]] = []
    assert b"".join(watched([], FORMS, holes)) == b"" and holes == []
