"""Libraries that keep what they once read, imported or looked up, for the rest of the process: whoever asks again uses that, too.

A template is read and compiled for the first test that shows it, and the modules that a framework finds by their names are imported
for the first request. Some well-known functions answer from what they keep; they are replaced by ones that remember what each
question used, and tell of it whenever it is asked. (What the project's own code keeps is followed in `workers.memory`.)
"""

from __future__ import annotations

import functools
import linecache
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from lamina.tracing.filesystem import is_for_showing
from lamina.tracing.recorder import Collector, Recorder
from lamina.tracing.unseen import unseen

__all__ = ["Kept"]

_Question = Callable[..., str]


def _by_name(_: Any, name: Any, *__: Any, **___: Any) -> str:
    return str(name)


def _any(*_: Any, **__: Any) -> str:
    return ""


def _catalog(domain: str, localedir: Any = None, languages: Any = None, *_: Any, **__: Any) -> str:
    return f"{domain} {languages}"


_URLS = (
    "get_resolver", "URLResolver.urlconf_module", "URLResolver.url_patterns", "URLResolver.resolve", "URLResolver._populate"
)  # fmt: skip
# By module: functions, and what tells one question from another. Those of a module that ask the same share what they keep.
_ASKED: dict[str, dict[str, _Question]] = {
    "gettext": {"translation": _catalog},
    "jinja2.environment": {"Environment._load_template": _by_name},
    "mako.lookup": {"TemplateLookup.get_template": _by_name},
    "tornado.template": {"BaseLoader.load": _by_name},
    "django.template.loaders.cached": {"Loader.get_template": _by_name},
    "django.template.utils": {"EngineHandler.__getitem__": _by_name},
    "django.core.management": {"get_commands": _any},
    "django.urls.resolvers": dict.fromkeys(_URLS, _any),
    "django.utils.formats": {"get_format": _any},
}
# Of these nobody asks again: what they use belongs to all tests that follow.
_FOR_ALL: dict[str, dict[str, _Question]] = {
    "django.utils.translation.trans_real": {"DjangoTranslation.__init__": _any}
}
# What a function that `functools.cache` has made offers besides.
_OF_CACHES = ("cache_clear", "cache_info", "cache_parameters")


class Kept:
    """One for the process."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._used: dict[tuple[str, str], Collector] = {}

    def install(self) -> None:
        """For the modules that are there already."""
        for name in (_ASKED.keys() | _FOR_ALL.keys()) & sys.modules.keys():
            self.loaded(sys.modules[name])
        self._watch_lines()

    def loaded(self, module: ModuleType) -> None:
        """A module that is not the project's has been imported."""
        name = module.__name__
        for table in (_ASKED, _FOR_ALL):
            for path, question in table.get(name, {}).items():
                self._replace(module, path, functools.partial(self._answering, name, question, table is _FOR_ALL))

    def _replace(self, module: ModuleType, path: str, replacing: Callable[[Any], Any]) -> None:
        *owners, name = path.split(".")
        with suppress(AttributeError, KeyError):  # of another version
            owner: Any = functools.reduce(getattr, owners, module)
            if hasattr(vars(owner)[name], "func"):  # a cached property
                owner, name = vars(owner)[name], "func"
            setattr(owner, name, replacing(getattr(owner, name)))

    def _answering(
        self, library: str, question: _Question, is_for_all: bool, original: Callable[..., Any]
    ) -> Callable[..., Any]:
        used = self._used

        @functools.wraps(original)
        @unseen
        def answering(*arguments: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            below, collector = self._recorder.top, Collector()
            try:
                key = library, question(*arguments, **named)
            except TypeError:
                return original(*arguments, **named)  # says better what is wrong
            self._recorder.enter(collector)
            try:
                return original(*arguments, **named)
            finally:
                self._recorder.leave(collector)
                known = used.get(key)
                if known is None:
                    known = used[key] = collector
                elif not known.has(collector):
                    known.take_in(collector)
                below.take_in(known)
                self._recorder.inputs.attribute(*known.inputs)
                if is_for_all:
                    self._recorder.everybodys.take_in(collector)

        for name in _OF_CACHES:
            if hasattr(original, name):
                setattr(answering, name, getattr(original, name))
        return answering

    def _watch_lines(self) -> None:
        """`linecache` reads a file once; `inspect.getsource` has its lines from there."""
        original, inputs = linecache.getlines, self._recorder.inputs

        @functools.wraps(original)
        @unseen
        def getlines(filename: str, module_globals: Any = None) -> list[str]:
            __tracebackhide__ = True
            sink = inputs.sink
            if sink is not None and filename in linecache.cache:
                path = inputs.absolute(filename)
                relative = inputs.relevant(path) if path is not None else None
                if path is not None and relative is not None and not is_for_showing(2):
                    inputs.read("file", path, relative)
            return original(filename, module_globals)

        linecache.getlines = getlines
