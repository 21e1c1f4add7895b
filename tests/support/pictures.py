"""Reads PNG pictures, as far as Chromium writes them: 8 bits a channel, not interlaced."""

from __future__ import annotations

import struct
import zlib
from collections import Counter

Colour = tuple[int, int, int]


def colours(png: bytes) -> Counter[Colour]:
    """How many pixels each colour has."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6), "neither RGB nor RGBA"
    size = 3 if kind == 2 else 4
    counted: Counter[Colour] = Counter()
    for row in _rows(zlib.decompress(_data(png)), width * size, height, size):
        counted.update(zip(row[0::size], row[1::size], row[2::size], strict=True))
    return counted


def lightness(colour: Colour) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    linear = [value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _data(png: bytes) -> bytes:
    position, parts = 8, []
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        if png[position + 4 : position + 8] == b"IDAT":
            parts.append(png[position + 8 : position + 8 + length])
        position += length + 12
    return b"".join(parts)


def _rows(raw: bytes, stride: int, height: int, size: int) -> list[bytearray]:
    rows = []
    before = bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        row = bytearray(raw[start + 1 : start + 1 + stride])
        _restore(raw[start], row, before, size)
        rows.append(row)
        before = row
    return rows


def _restore(way: int, row: bytearray, before: bytearray, size: int) -> None:
    """Takes back what the row's filter did: each byte was written as the difference to its neighbours."""
    for index in range(len(row) if way else 0):
        left = row[index - size] if index >= size else 0
        above = before[index]
        corner = before[index - size] if index >= size else 0
        guess = (0, left, above, (left + above) // 2, _nearest(left, above, corner))[way]
        row[index] = (row[index] + guess) & 255


def _nearest(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
