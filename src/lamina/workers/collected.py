"""The names of a session's tests, written down for the case that it dies before it has said what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = ["keep", "read"]

_NAME = "collected"


def keep(folder: str, names: Iterable[str]) -> None:
    """Writes them into the session's folder. Names may hold anything but NUL, line ends too; nothing here fails a run."""
    with suppress(OSError):
        (Path(folder) / _NAME).write_bytes("\0".join(names).encode("utf-8", "surrogatepass"))


def read(folder: Path) -> list[str]:
    """What was kept; nothing when it had not come to that."""
    try:
        text = (folder / _NAME).read_bytes()
    except OSError:
        return []
    return text.decode("utf-8", "surrogatepass").split("\0") if text else []
