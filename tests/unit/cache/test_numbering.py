"""Numbers of the session, and the database's ids for them."""

from __future__ import annotations

from pyroaring import BitMap

from lamina.cache.numbering import Translation


def test_only_what_is_new_in_a_set_is_looked_up() -> None:
    asked: list[int] = []

    def id_of(number: int) -> int:
        asked.append(number)
        return number // 2 + 100  # two numbers may be one row

    translation = Translation()
    assert translation.of(BitMap([2, 3, 4]), id_of) == BitMap([101, 102])
    assert translation.of(BitMap([2, 3, 4, 9]), id_of) == BitMap([101, 102, 104])
    assert asked == [2, 3, 4, 9]
    # Another worker's, which has not grown from it, and again the first one's.
    assert translation.of(BitMap([3, 7]), id_of) == BitMap([101, 103])
    asked.clear()
    assert translation.of(BitMap([2, 3, 4, 9, 11]), id_of) == BitMap([101, 102, 104, 105])
    assert translation.of(BitMap([3, 7]), id_of) == BitMap([101, 103])
    assert asked == [11]
    assert translation.of(BitMap(), id_of) == BitMap()
