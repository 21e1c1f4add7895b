"""Fingerprints of contents: XXH3-128 as 32 hexadecimal digits.

xxhash is imported when the first content has to be read, since a run in which nothing changed reads none.
"""

from __future__ import annotations

import os

__all__ = ["hash_bytes", "hash_file", "hash_text"]

# Large enough for nearly every source file to be one read, small enough not to hold a large data file in memory.
_CHUNK = 1 << 20


def hash_bytes(content: bytes) -> str:
    """The fingerprint of these bytes."""
    from xxhash import xxh3_128_hexdigest

    return xxh3_128_hexdigest(content)


def hash_text(text: str) -> str:
    """The fingerprint of a text, file names that are not UTF-8 included."""
    return hash_bytes(text.encode("utf-8", "surrogateescape"))


def hash_file(path: str) -> tuple[str, bytes]:
    """The fingerprint of a file's content and its first MiB. A link to a folder, or to nothing, is its target's name; a
    file that may not be read is just "unreadable", so that its becoming readable counts as a change."""
    from xxhash import xxh3_128

    try:
        with open(path, "rb") as file:
            first = file.read(_CHUNK)
            state = xxh3_128(first)
            if len(first) == _CHUNK:
                while chunk := file.read(_CHUNK):
                    state.update(chunk)
        return state.hexdigest(), first
    except OSError:
        try:
            target = os.readlink(path)
        except OSError:
            return hash_bytes(b"unreadable"), b""
        return hash_bytes(b"link " + os.fsencode(target)), b""
