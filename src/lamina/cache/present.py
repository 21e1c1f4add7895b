"""The tree as it is now, asked by key: what a recorded input would be if it were recorded today.

Keys are what tests were seen to use: `file:`, `exists:` and `list:` with a path relative to the root, `env:` with a
variable's name, `inputs:` with patterns of files, a line each, `import:` with the name of a module (or the path of one,
beginning with a slash, for a relative import), `conftests:` with a folder; `everything`, `pytest`, `surroundings`,
`checkout` (which one it is), and `category` and `database` with a name: what the configuration says of those the caller has
to say. `mention:` with a name that was made up, and `lookup:` and `lookup_own:` with a module of which all names were seen, have
no state: they are asked about when names change. States are the same in all checkouts of the same content, but for `checkout`.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from lamina.sources import surroundings
from lamina.sources.hashing import hash_bytes, hash_file, hash_text
from lamina.sources.patterns import Patterns
from lamina.sources.portable import portable
from lamina.sources.tree import Table

__all__ = ["MADE", "MISSING", "NOTED", "Present", "inputs_key", "link_state"]

MISSING = "missing"
# In front of the content of a module that was not there before tests ran, and was made by them.
MADE = "made "
# The state of what is only noted.
NOTED = "noted"
# Names in a folder that tools make; a listing is the same with and without them.
_UNLISTED = frozenset(
    {".lamina", ".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage"}
)
# Set by the engine for pytest's output, as wide and colourful as the terminal is.
_OWN_VARIABLES = frozenset({"COLUMNS", "LINES", "PY_COLORS"})
_MODULE_ENDINGS = (".py", ".so", ".pyd")
# Read by pytest whatever is in them.
_PYTEST_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")


def inputs_key(patterns: Iterable[str]) -> str:
    """The key of all files that match one of the patterns."""
    return "inputs:" + "\n".join(patterns)


class Present:
    """`table` is the project's files as they were looked at last; `environment` is the one that tests are run with."""

    def __init__(
        self, root: str, table: Table, environment: Mapping[str, str], reports_dir: str = "reports",
        categories: Mapping[str, str] | None = None, databases: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.root = root
        self._table = table
        self._environment = environment
        self._reports_dir = reports_dir
        self._categories = categories or {}
        self._databases = databases or {}
        self._known: dict[str, str] = {}

    def state(self, key: str) -> str:
        """The fingerprint that goes with `key` now."""
        known = self._known.get(key)
        if known is None:
            kind, _, name = key.partition(":")
            known = self._known[key] = str(getattr(self, f"_{kind}")(name))
        return known

    @property
    def table(self) -> Table:
        """The project's files."""
        return self._table

    def content(self, path: str) -> str | None:
        """The fingerprint of a file's content; None when there is no such file."""
        folder, _, name = path.rpartition("/")
        entry = self._table[folder][0].get(name) if folder in self._table else None
        if entry is not None:
            return str(entry[4])
        full = os.path.join(self.root, path)
        return hash_file(full)[0] if os.path.isfile(full) or os.path.islink(full) else None

    def has_content(self, path: str, content: str) -> bool:
        """Whether a file is as it was when its content was recorded so. One that tests had `MADE` may be gone: it was not there
        before they ran either."""
        now = self.content(path)
        return now == content or (content.startswith(MADE) and (now is None or content == MADE + now))

    def source(self, path: str) -> bytes | None:
        """A file's content; None when there is no such file, or it can't be read."""
        try:
            with open(os.path.join(self.root, path), "rb") as stream:
                return stream.read()
        except OSError:
            return None

    def is_listed(self, path: str) -> bool:
        """Whether the path is one of the project's files, so that a manifest tells of its changes."""
        folder, _, name = path.rpartition("/")
        return folder in self._table and name in self._table[folder][0]

    def files(self) -> list[str]:
        """All project files, relative to the root."""
        return [f"{folder}/{name}" if folder else name for folder, (files, _) in self._table.items() for name in files]

    @cached_property
    def names_tests_its_own_way(self) -> bool:
        """Whether the project says which functions and classes are tests."""
        sources = [self.source(name) or b"" for name in (*_PYTEST_FILES, "pyproject.toml", "tox.ini", "setup.cfg")]
        return any(b"python_functions" in one or b"python_classes" in one for one in sources)

    # -- one method a kind of key ------------------------------------------------------------------------------------

    def _file(self, path: str) -> str:
        content = self.content(path)
        return self._exists(path) if content is None else content

    def _exists(self, path: str) -> str:
        full = os.path.join(self.root, path)
        try:
            mode = os.lstat(full).st_mode
            if stat.S_ISLNK(mode):
                return link_state(os.readlink(full), self.root)
        except OSError:
            return MISSING
        return "folder" if stat.S_ISDIR(mode) else f"file {stat.S_IMODE(mode):o}"

    def _list(self, path: str) -> str:
        names = self._names_in(path)
        if names is None:
            return MISSING
        own = self._reports_dir if not path else ""
        kept = (
            name for name in names if name not in _UNLISTED and name != own and not name.endswith((".pyc", "~"))
            and not name.startswith((".doit.db", ".coverage."))
        )  # fmt: skip
        return hash_text("/".join(sorted(kept)))

    def _names_in(self, path: str) -> list[str] | None:
        try:
            return os.listdir(os.path.join(self.root, path))
        except OSError:
            return None

    def _env(self, name: str) -> str:
        if name in _OWN_VARIABLES:
            return "any"
        from lamina.tracing.environment import fingerprint_of_environment

        return fingerprint_of_environment(f"env:{name}", self._environment, self.root)

    def _import(self, name: str) -> str:
        if name.startswith("/"):
            found = [
                place for place in self._modules.get(name.rpartition("/")[2], []) if place.partition(" ")[0] == name
            ]
            return hash_text("\n".join(found)) if found else MISSING
        ending = "/" + name.replace(".", "/")
        places = self._modules.get(ending.rpartition("/")[2], [])
        found = [place for place in places if place.partition(" ")[0].endswith(ending)]
        if "." not in name and self.is_installed(name):
            found.append("installed")
        return hash_text("\n".join(found)) if found else MISSING

    def is_installed(self, name: str) -> bool:
        """Whether a top-level module of this name is where packages are installed."""
        return name in self._installed

    def module_files(self, name: str) -> list[str]:
        """The project files that a module of this name may be: "a.b", or "/folder/b" for just that place."""
        found = []
        ending = name if name.startswith("/") else "/" + name.replace(".", "/")
        for place in self._modules.get(ending.rpartition("/")[2], []):
            where, _, what = place.partition(" ")
            if where == name or (not name.startswith("/") and where.endswith(ending)):
                if what == "package":
                    found.append(f"{where[1:]}/__init__.py")
                elif what != "folder":
                    found.append(f"{where[1:].rpartition('/')[0]}/{what}".lstrip("/"))
        return found

    def conftests(self, folder: str) -> list[str]:
        """The conftest files for tests in a folder, the outermost first."""
        return self._around(folder, "conftest.py")

    def _conftests(self, folder: str) -> str:
        # By what packages its folders are, pytest decides the name under which it imports a file.
        return hash_text("\n".join([*self.conftests(folder), *self._around(folder, "__init__.py")]))

    def _around(self, folder: str, name: str) -> list[str]:
        """Files of a name in a folder and those above it, the outermost first."""
        parts = folder.split("/") if folder else []
        chain = ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]
        return [f"{place}/{name}".lstrip("/") for place in chain if name in self._table.get(place, ({},))[0]]

    def _everything(self, _: str) -> str:
        return self._of_files(lambda path: True)

    def _inputs(self, patterns: str) -> str:
        return self._of_files(Patterns(patterns.split("\n")).match)

    def _of_files(self, counts: Callable[[str], bool]) -> str:
        """Which files count, and the content of each."""
        lines = []
        for folder in sorted(self._table):
            files = self._table[folder][0]
            paths = ((f"{folder}/{name}" if folder else name, files[name][4]) for name in sorted(files))
            lines += [f"{path} {content}" for path, content in paths if counts(path)]
        return hash_text("\n".join(lines))

    def _surroundings(self, _: str) -> str:
        # As they are, so that it can be said later which of them changed.
        return "\n".join(f"{name}={value}" for name, value in surroundings.facts(self.root, self._environment))

    def _checkout(self, _: str) -> str:
        return self.root

    def _pytest(self, _: str) -> str:
        return hash_text(_pytest_configuration(self.source))

    def _mention(self, _: str) -> str:
        return NOTED

    _lookup = _lookup_own = _mention

    def _category(self, name: str) -> str:
        return self._categories.get(name, MISSING)

    def _database(self, name: str) -> str:
        return self._databases.get(name, MISSING)

    # -- modules -----------------------------------------------------------------------------------------------------

    @cached_property
    def _modules(self) -> dict[str, list[str]]:
        """Where a module of some name could come from, by the last part of its name: "/path/without/ending .py"."""
        places: dict[str, list[str]] = {}
        for folder in sorted(self._table):
            modules = [name for name in sorted(self._table[folder][0]) if name.endswith(_MODULE_ENDINGS)]
            for file in modules:
                stem = file.partition(".")[0]
                places.setdefault(stem, []).append(f"/{folder}/{stem} {file}" if folder else f"/{stem} {file}")
            if modules and folder:
                kind = "package" if "__init__.py" in modules else "folder"
                places.setdefault(folder.rpartition("/")[2], []).append(f"/{folder} {kind}")
        return places

    @cached_property
    def _installed(self) -> frozenset[str]:
        """Top-level names in the folders that packages are installed in."""
        found: set[str] = set()
        for folder in dict.fromkeys(sys.path):
            if os.path.basename(folder) in ("site-packages", "dist-packages"):
                try:
                    found.update(name.partition(".")[0] for name in os.listdir(folder))
                except OSError:
                    continue
        return frozenset(found)


def link_state(target: str, root: str) -> str:
    """The state of a link by where it leads."""
    return f"link {hash_text(portable(target, root))}"


def _pytest_configuration(source: Callable[[str], bytes | None]) -> str:
    """pytest's own settings as they stand in the files that it would read, whatever else these hold."""
    import configparser
    import tomllib

    parts: list[str] = []
    for name in _PYTEST_FILES:
        content = source(name)
        if content is not None:
            parts.append(f"{name} {hash_bytes(content)}")
    content = source("pyproject.toml")
    if content is not None:
        try:
            parts.append(repr(tomllib.loads(content.decode("utf-8")).get("tool", {}).get("pytest")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            parts.append(hash_bytes(content))
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        content = source(name)
        if content is not None:
            parser = configparser.RawConfigParser()
            try:
                parser.read_string(content.decode("utf-8"))
                if parser.has_section(section):  # without it, pytest passes the file over
                    parts.append(repr(parser.items(section)))
            except (configparser.Error, UnicodeDecodeError):
                parts.append(hash_bytes(content))
    return "\n".join(parts)
