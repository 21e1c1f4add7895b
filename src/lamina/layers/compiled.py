"""The configuration as plain data, kept in `<cache_dir>/layers.json` so that an unchanged one costs a few file reads.

Reading YAML and building the model takes some 100 ms of imports; the path where nothing has to run must not pay them.
The kept form is valid for what is in its key: the contents of the configuration files, the environment variables that
give settings, the arguments, the machine's memory (limits are checked against it) and this version of the package.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xxhash

from lamina.layers import files
from lamina.layers.variable_names import ENVIRONMENT, VARIABLES
from lamina.machine import memory_total

__all__ = ["FILE_NAME", "load", "make_cache_dir"]

FILE_NAME = "layers.json"

# One for each environment that is in use; each takes some 10 KB.
_KEPT = 8

# A guess at where a project's files put the cache: a wrong one is only a miss.
_CACHE_DIR = re.compile(rb"""^ +cache_dir:[ ]*["']?([^"'#\n]+?)["']?[ ]*(?:#.*)?$""", re.MULTILINE)


def load(
    root: str,
    environment: str | None = None,
    layer_config: str | None = None,
    overrides: dict[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The configuration as plain data (`msgspec.to_builtins` of the model), from the cache where it is valid.

    Arguments are those of `lamina.layers.load_configuration`. Raises ConfigurationError. A cache that can't be read or
    written is no error: the configuration is built afresh.
    """
    variables = os.environ if variables is None else variables
    base = Path(root)
    sources = files.find(base, environment, layer_config, variables)
    texts = [_content(path) for path in (files.DEFAULTS, sources.layers, sources.overrides)]
    key = _key(texts, environment, layer_config, overrides, variables)
    guessed = base / _guessed_cache_dir(texts, overrides, variables) / FILE_NAME
    entries = {} if sources.faults else _entries(guessed)
    if key in entries:
        return entries[key]
    plain = _build(base, environment, layer_config, overrides, variables)
    path = base / plain["settings"]["cache_dir"] / FILE_NAME
    kept = entries if path == guessed else _entries(path)
    _write(path, {**dict(list(kept.items())[1 - _KEPT :]), key: plain})
    return plain


def make_cache_dir(path: Path) -> None:
    """Make the cache folder, with a file in it that keeps it out of git; raises OSError."""
    path.mkdir(parents=True, exist_ok=True)
    ignore = path / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _build(root: Path, *arguments: Any) -> dict[str, Any]:
    """Build the configuration with the heavy parts."""
    import msgspec

    from lamina.layers.loading import load as load_model

    *given, variables = arguments
    built = msgspec.to_builtins(load_model(root, *given, variables=variables))
    # Tuples become lists, as they are when the same comes from the cache.
    plain: dict[str, Any] = json.loads(json.dumps(built))
    return plain


def _content(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else b""
    except OSError:
        return b""


def _key(texts: list[bytes], *named: Any) -> str:
    """A hash over everything that the configuration is made from, each part with its length."""
    environment, layer_config, overrides, variables = named
    # Not all that start with LAMINA_: those that a run sets for its workers differ each time.
    ours = [variables.get(name) for name in (ENVIRONMENT, *VARIABLES)]
    memory = memory_total()
    rest = json.dumps(
        [_this_code(), environment, layer_config, sorted((overrides or {}).items()), ours, memory]
    ).encode()
    digest = xxhash.xxh3_128()
    for part in [*texts, rest]:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def _this_code() -> list[tuple[str, int, int]]:
    """What tells this version of the package from others: asking for its number would cost 20 ms, and the number stays
    while lamina itself is edited."""
    with os.scandir(Path(__file__).parent) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _guessed_cache_dir(texts: list[bytes], overrides: Mapping[str, str] | None, variables: Mapping[str, str]) -> str:
    given = (overrides or {}).get("cache_dir", "").strip() or variables.get("LAMINA_CACHE_DIR", "").strip()
    if given:
        return given
    for text in reversed(texts):
        found = _CACHE_DIR.search(text)
        if found:
            return found[1].decode("utf-8", "replace")
    return ".lamina"


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """What is kept, by key; anything that is not as this module writes it counts as nothing."""
    try:
        kept = json.loads(_content(path))["entries"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {
        key: plain for key, plain in kept.items() if isinstance(plain, dict) and plain.keys() >= {"layers", "settings"}
    }


def _write(path: Path, entries: dict[str, dict[str, Any]]) -> None:
    """Replace the kept file at once, or leave it when the folder can't be written: then each run builds afresh."""
    partial = path.with_name(f"{FILE_NAME}.{os.getpid()}")
    with contextlib.suppress(OSError):
        make_cache_dir(path.parent)
        try:
            partial.write_text(json.dumps({"schema": 1, "entries": entries}), encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
