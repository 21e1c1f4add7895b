"""Numbers in the header of an SQLite file, read without SQLite, which a run in which nothing changed does not import.

Where they are: https://sqlite.org/fileformat.html, "The Database Header"; four bytes each, the highest first.
"""

from __future__ import annotations

__all__ = ["SIZE", "identity", "user_version"]

# As many bytes hold both.
SIZE = 72
_MAGIC = b"SQLite format 3\0"


def user_version(header: bytes) -> int:
    """The `user_version` in the first bytes of a file; 0 if nothing is written there yet."""
    return int.from_bytes(header[60:64])


def identity(path: str) -> int:
    """The number that a file of lamina's was given when it was made, its `application_id`; 0 for any other file, and for
    none."""
    try:
        with open(path, "rb") as file:
            header = file.read(SIZE)
    except OSError:
        return 0
    return int.from_bytes(header[68:72]) if header.startswith(_MAGIC) else 0
