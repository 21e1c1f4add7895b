"""The databases that the project declares: given by the run, or read from the layers file under plain pytest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from lamina.layers.model import Database

__all__ = ["DECLARED", "Declared", "declared_in", "find"]


class Declared(NamedTuple):
    """`databases` as plain data of the configuration's section; `cache_dir` is where templates are kept."""

    databases: Sequence[dict[str, Any]]
    cache_dir: str


# Where a session of lamina leaves what its run's configuration says: an environment or a file may have been asked for.
DECLARED = pytest.StashKey[Declared]()


def declared_in(root: Path) -> Declared:
    """What the project's layers file says, with the environment that LAMINA_ENV names; raises ConfigurationError."""
    from lamina.layers import compiled

    plain = compiled.load(str(root))
    return Declared(plain["databases"], str(root / plain["settings"]["cache_dir"]))


def find(declared: Declared, name: str) -> Database:
    """The database of this name; raises NoDatabaseError when there is none."""
    import msgspec

    from lamina.databases.errors import NoDatabaseError
    from lamina.layers.files import LAYERS_FILE
    from lamina.layers.model import Database
    from lamina.layers.spelling import did_you_mean, listed

    for one in declared.databases:
        if one["name"] == name:
            return msgspec.convert(one, Database)
    names = [one["name"] for one in declared.databases]
    where = f"the section databases of {LAYERS_FILE}"
    if not names:
        raise NoDatabaseError(f"lamina_database({name!r}): no database is declared; declare it in {where}")
    raise NoDatabaseError(
        f"lamina_database({name!r}): there is no database of this name{did_you_mean(name, names)}; "
        f"allowed: {listed(names)} ({where})"
    )
