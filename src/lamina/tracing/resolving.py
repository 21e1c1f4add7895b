"""Notes the names that code of others looks up for the project: what makes objects of the names in a text or a file.

A name that is nowhere in the project's Python files (it is in a configuration of `logging`, in an entry point, in a pickle) is
looked up by code that has no notes of its own (`tracing.noting`). The modules that do so get a `getattr` and a `hasattr` of their
own, which do what the builtins do and note the name when something of the project's is asked for it; pickles tell of each name by
an audit event.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lamina.tracing.auditing import hear
from lamina.tracing.reading import SHOW_ALL_NAMES
from lamina.tracing.unseen import unseen

if TYPE_CHECKING:
    from lamina.tracing.recorder import Recorder

__all__ = ["Resolving"]

# Modules outside of the project that look up what a text names.
_RESOLVERS = frozenset(
    {
        "pkgutil", "logging.config", "importlib.metadata", "unittest.loader", "string", "_pytest.config", "_pytest.monkeypatch",
        "_pytest.outcomes", "yaml.constructor", "werkzeug.utils", "django.utils.module_loading",
        "django.urls.resolvers", "django.urls.conf", "django.urls.utils", "django.apps.registry", "django.db.migrations.loader",
        "django.utils.formats",
    }
)  # fmt: skip
# Those that look at all names of a module.
_LISTERS = frozenset({"inspect", "django.conf"})
_MOCKS = frozenset({"unittest.mock", "mock.mock"})


class Resolving:
    """`note` is told of the names that are looked up, `note_all` of what all names are; `project_path` is that of `Importing`."""

    def __init__(
        self, recorder: Recorder, note: Callable[[Any], object], note_all: Callable[[Any], object],
        project_path: Callable[[str], str | None],
    ) -> None:  # fmt: skip
        self._recorder = recorder
        self._note = note
        self._project_path = project_path
        # Paths of the project's modules, by name.
        self._paths: dict[str, str | None] = {}

        @unseen
        def noting_getattr(thing: Any, name: Any, *default: Any) -> Any:
            __tracebackhide__ = True
            self._asked(thing, name)
            return getattr(thing, name, *default)

        @unseen
        def noting_hasattr(thing: Any, name: Any) -> bool:
            __tracebackhide__ = True
            self._asked(thing, name)
            return hasattr(thing, name)

        @unseen
        def noting_dir(thing: Any) -> list[str]:
            __tracebackhide__ = True
            note_all(thing)
            return dir(thing)

        self._own: dict[str, Any] = {"getattr": noting_getattr, "hasattr": noting_hasattr}
        self._dir = noting_dir

    def install(self) -> None:
        """For the modules that are there already, and for pickles."""
        for name in (_RESOLVERS | _LISTERS | _MOCKS) & sys.modules.keys():
            self.loaded(sys.modules[name])
        hear(self._recorder.inputs, {"pickle.find_class": self._found})

    def loaded(self, module: ModuleType) -> None:
        """A module that is not the project's has been imported."""
        if module.__name__ in _RESOLVERS:
            for name, function in self._own.items():
                vars(module).setdefault(name, function)
        if module.__name__ in _LISTERS:
            vars(module).setdefault("dir", self._dir)
        if module.__name__ in _MOCKS:
            self._watch_patches(module)

    def _asked(self, thing: Any, name: Any) -> None:
        if name in SHOW_ALL_NAMES:  # by the resolver's own means
            return
        kind = type(thing)
        owner = thing if issubclass(kind, (ModuleType, type)) else kind
        try:
            module = owner.__name__ if issubclass(kind, ModuleType) else owner.__module__
            if module not in self._paths:
                file = getattr(sys.modules[module], "__file__", None)
                self._paths[module] = self._project_path(file) if isinstance(file, str) else None
        except (AttributeError, KeyError, TypeError):  # a class may say anything about its module
            return
        path = self._paths[module]
        if path is not None:
            self._note(name)
            if owner is thing:
                self._recorder.top.modules.add(path)  # found by its name, maybe without an import

    def _found(self, _: object, arguments: tuple[Any, ...]) -> None:
        for name in arguments[1].split("."):
            self._note(name)

    def _watch_patches(self, module: ModuleType) -> None:
        # What is patched is looked for in the target's `__dict__`.
        patch = getattr(module, "_patch", None)
        original = getattr(patch, "get_original", None)
        if original is None:
            return
        note = self._note

        @unseen
        def get_original(self_: Any) -> Any:
            __tracebackhide__ = True
            note(self_.attribute)  # the target is not known yet
            return original(self_)

        patch.get_original = get_original  # type: ignore[union-attr]
