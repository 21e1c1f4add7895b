"""Gives the project's modules their probes as they are imported, and says which module imported what.

Code with probes is kept by path and content below `.lamina/code`, with the blocks that it was cut into, so that nothing is
analysed twice. pytest's own rewriting of assertions is done on the same tree; its files beside the tests stay as they are.
"""

from __future__ import annotations

import ast
import importlib
import marshal
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import SourceFileLoader

# By value: a test may replace the functions of `os`.
from os import fstat, utime
from pathlib import Path
from time import time
from types import CodeType, ModuleType
from typing import Any

from xxhash import xxh3_128_hexdigest

from lamina.tracing.analysis import Analysis, Body, Definition
from lamina.tracing.blocks import analyse, cut
from lamina.tracing.instrumenting import instrument
from lamina.tracing.packed import with_packed_tests
from lamina.tracing.probes import VERSION, list_name
from lamina.tracing.recorder import Collector, Recorder
from lamina.tracing.unseen import unseen

__all__ = ["Importing", "load_analysis", "pack_analysis"]

_DAY = 24 * 3600


class Importing:
    """Installed once for the process; `root` is the project's, `folder` where code is kept."""

    def __init__(self, root: str, folder: str, recorder: Recorder) -> None:
        self._root = os.path.join(root, "")
        self._folder = folder
        self._recorder = recorder
        tag = f"{sys.implementation.cache_tag}-{sys.flags.optimize}-{VERSION}"
        self._tag = tag
        self._outside = tuple(
            os.path.join(path, "")
            for path in {sys.prefix, sys.base_prefix, os.path.join(root, ".lamina")}
            if path.startswith(self._root)
        )

    def install(self, *loaded: Callable[[ModuleType], None]) -> None:
        """From now on. Modules that were imported before have no probes: they count as whole files. `loaded` are told of each
        module that is not the project's."""
        loader: Any = SourceFileLoader
        original_code, original_exec = loader.get_code, loader.exec_module

        def get_code(self_: Any, fullname: str) -> CodeType | None:
            path = self_.get_filename(fullname)
            relative = self.project_path(path)
            if relative is not None:
                code = self._probed(relative, path, self_.get_data(path), "")
                if code is not None:
                    return code
            found: CodeType | None = original_code(self_, fullname)
            return found

        loader.get_code = get_code
        loader.exec_module = self._collecting(original_exec, *loaded)
        sys.meta_path.insert(0, _Witness(self._recorder))
        self._watch_import_module()

    def install_in_pytest(self) -> None:
        """The modules whose assertions pytest rewrites. With a pytest whose inside is other than expected nothing is done:
        they count as whole files then."""
        from _pytest.assertion import rewrite

        hook: Any = rewrite.AssertionRewritingHook
        if not all(hasattr(rewrite, name) for name in ("_read_pyc", "rewrite_asserts", "_write_pyc")):
            return
        rewriting: list[Any] = []
        original_exec, original_read = hook.exec_module, rewrite._read_pyc
        collecting = self._collecting(original_exec)

        @unseen
        def exec_module(self_: Any, module: ModuleType) -> None:
            __tracebackhide__ = True
            rewriting.append(self_.config)
            try:
                collecting(self_, module)
            finally:
                rewriting.pop()

        def read_pyc(source: Path, pyc: Path, *trace: Any) -> CodeType | None:
            relative = self.project_path(str(source))
            code = None
            if relative is not None and rewriting:
                code = self._probed(relative, str(source), source.read_bytes(), "asserts", rewriting[-1])
            return original_read(source, pyc, *trace) if code is None else code

        hook.exec_module = exec_module
        rewrite._read_pyc = read_pyc  # type: ignore[assignment]

    def project_path(self, path: str) -> str | None:
        """The path relative to the root; None for what is not the project's own."""
        if not path.startswith(self._root):
            path = os.path.abspath(path)
            if not path.startswith(self._root):
                return None
        if "site-packages" in path or "dist-packages" in path or path.startswith(self._outside):
            return None
        return path[len(self._root) :].replace(os.sep, "/")

    def analysis(self, path: str, content: str) -> Analysis:
        """The blocks of a module that some process has imported with probes."""
        known = self._recorder.by_path.get(path)
        if known is not None and known.content == content:
            return known.analysis
        for kind in ("", "asserts"):
            kept = _load(self._file(path, content, kind))
            if kept is not None:
                return kept[0]
        with open(os.path.join(self._root, path), "rb") as stream:
            return analyse(stream.read())

    # -- code --------------------------------------------------------------------------------------------------------

    def is_ready(self, path: str, content: str, is_rewritten: bool) -> bool:
        """Whether the module's code with probes is kept already; `is_rewritten`: the one with pytest's assertions."""
        return os.path.exists(self._file(path, content, _kind(is_rewritten)))

    def prepare(self, path: str, content: str, config: Any) -> None:
        """Makes code with probes and keeps it, without importing anything; with pytest's `config` its assertions are rewritten.
        Raises what compiling raises, and OSError."""
        is_rewritten = config is not None
        if self.is_ready(path, content, is_rewritten):
            return  # by an import, meanwhile
        full = self._root + path
        source = Path(full).read_bytes()
        if xxh3_128_hexdigest(source) == content:
            _keep(self._file(path, content, _kind(is_rewritten)), self._build(path, full, source, content, config))

    def _probed(self, relative: str, path: str, source: bytes, kind: str, config: Any = None) -> CodeType | None:
        """The module's code with probes; None when it can't be had, for reasons that a plain import will tell."""
        content = xxh3_128_hexdigest(source)
        file = self._file(relative, content, kind)
        kept = _load(file)
        if kept is None:
            try:
                kept = self._build(relative, path, source, content, config if kind else None)
            except (SyntaxError, ValueError, RecursionError):
                return None
            _keep(file, kept)
        analysis, code = kept
        if code.co_filename != path:
            import _imp

            vars(_imp)["_fix_co_filename"](code, path)
        self._recorder.add(relative, content, with_packed_tests(analysis))
        return code

    def _file(self, relative: str, content: str, kind: str) -> str:
        if kind:
            kind = f"pytest-{sys.modules['pytest'].__version__}"
        name = xxh3_128_hexdigest(f"{self._tag} {kind} {relative} {content}".encode("utf-8", "surrogatepass"))
        return os.path.join(self._folder, name[:2], name[2:])

    def _build(self, relative: str, path: str, source: bytes, content: str, config: Any) -> tuple[Analysis, CodeType]:
        tree = ast.parse(source, filename=path)
        analysis, functions = cut(tree, source)
        instrument(tree, functions, list_name(relative, content))
        if config is not None:
            from _pytest.assertion.rewrite import rewrite_asserts

            rewrite_asserts(tree, source, path, config)
        return analysis, compile(tree, path, "exec", dont_inherit=True)

    # -- who imports what --------------------------------------------------------------------------------------------

    def _collecting(
        self, original: Callable[[Any, ModuleType], None], *loaded: Callable[[ModuleType], None]
    ) -> Callable[[Any, ModuleType], None]:
        recorder = self._recorder

        @unseen
        def exec_module(self_: Any, module: ModuleType) -> None:
            __tracebackhide__ = True
            origin = getattr(module.__spec__, "origin", None)
            relative = self.project_path(origin) if origin else None
            if relative is None:
                original(self_, module)
                for told in loaded:
                    told(module)
                return
            recorder.top.modules.add(relative)
            collector = Collector()
            recorder.enter(collector)
            try:
                original(self_, module)
            finally:
                recorder.ended(collector)
                recorder.leave(collector)
                recorder.imported(relative, collector)

        return exec_module

    def _watch_import_module(self) -> None:
        original = importlib.import_module
        recorder = self._recorder

        @unseen
        def import_module(name: str, package: str | None = None) -> ModuleType:
            __tracebackhide__ = True
            with suppress(Exception):
                recorder.top.names.add(importlib.util.resolve_name(name, package))
            return original(name, package)

        import_module.__doc__ = original.__doc__
        importlib.import_module = import_module


def _kind(is_rewritten: bool) -> str:
    return "asserts" if is_rewritten else ""


class _Witness:
    """A finder that finds nothing: it notes which modules are looked for that are not there yet."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Called for each module that is not imported yet, found or not."""
        self._recorder.top.names.add(fullname)


def pack_analysis(analysis: Analysis) -> tuple[Any, ...]:
    """As plain tuples."""
    bodies = tuple(tuple(body) for body in analysis.bodies)
    return (bodies, tuple(tuple(definition) for definition in analysis.definitions), *analysis[2:])


def load_analysis(packed: Any) -> Analysis:
    """From what `pack_analysis` gave."""
    bodies, definitions, *rest = packed
    return Analysis(tuple(Body(*body) for body in bodies), tuple(Definition(*one) for one in definitions), *rest)


def _load(file: str) -> tuple[Analysis, CodeType] | None:
    try:
        with open(file, "rb") as stream:
            packed, code = marshal.loads(stream.read())
            if time() - fstat(stream.fileno()).st_mtime > _DAY:
                with suppress(OSError):
                    utime(file)  # what is not used for long is taken away
        return load_analysis(packed), code
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _keep(file: str, kept: tuple[Analysis, CodeType]) -> None:
    temporary = f"{file}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(temporary, "wb") as stream:
            stream.write(marshal.dumps((pack_analysis(kept[0]), kept[1])))
        os.replace(temporary, file)
