"""Decorators and calls that do nothing but make what they are put on or assigned to: they register nothing elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lamina.tracing.walking import walk

__all__ = [
    "CACHES", "CALLING", "FRESH", "KEEPING_RESULTS", "dotted", "given_attributes", "given_names", "is_inert_decorator",
    "is_of_class", "is_overload", "is_seen_by_class", "made_by", "made_for", "may_keep", "may_remember",
]  # fmt: skip

_DECORATORS = frozenset(
    {
        "property", "staticmethod", "classmethod", "setter", "getter", "deleter", "abstractmethod", "overload", "override",
        "final", "wraps", "lru_cache", "cache", "cached_property", "total_ordering", "dataclass", "contextmanager",
        "asynccontextmanager", "no_type_check", "runtime_checkable", "singledispatch", "singledispatchmethod", "coroutine",
        "patch", "object", "given", "settings", "example", "skip", "skipIf", "skipUnless", "expectedFailure", "fixture",
        "define", "frozen", "mutable", "attrs", "s", "unique", "deprecated", "parametrize", "hookimpl",
    }
)  # fmt: skip
# Those of well-known libraries that call the function each time, whatever else they do. A project may have others of these names.
CALLING = frozenset(
    {
        # Django and its relatives
        "method_decorator", "classonlymethod", "receiver", "atomic", "non_atomic_requests", "override_settings",
        "modify_settings", "login_required", "permission_required", "user_passes_test", "csrf_exempt", "csrf_protect",
        "require_http_methods", "require_GET", "require_POST", "require_safe", "never_cache", "vary_on_headers", "vary_on_cookie",
        "sensitive_variables", "sensitive_post_parameters", "filter", "tag", "simple_tag", "simple_block_tag", "inclusion_tag",
        "display", "action", "api_view", "permission_classes", "renderer_classes", "throttle_classes", "parser_classes",
        "authentication_classes", "schema", "hybrid_property", "expression", "validates", "listens_for",
        # click, typer, celery; routes of flask, FastAPI and others are methods of an object of these names
        "command", "group", "option", "argument", "pass_context", "pass_obj", "callback", "task", "shared_task", "route", "get",
        "post", "put", "patch", "delete", "head", "options", "websocket", "middleware", "exception_handler", "errorhandler",
        "path", "re_path", "url", "Route", "WebSocketRoute", "Mount", "Rule", "Depends", "Security",
        "before_request", "after_request", "teardown_request", "teardown_appcontext", "context_processor", "template_filter",
        "template_global", "template_test", "on_event", "validator", "field_validator", "model_validator", "root_validator",
        "field_serializer", "model_serializer", "computed_field", "default", "freeze_time", "time_machine", "travel",
    }
)  # fmt: skip
_OF_CLASS = frozenset({"classmethod", "staticmethod", "classonlymethod"})
# These only look at a class that they are given.
_LOOKING = frozenset({"getattr", "hasattr", "setattr", "isinstance", "issubclass", "super", "vars", "dir"})
CACHES = frozenset({"lru_cache", "cache", "cached_property"})
# What keeps the results of a function that it is given.
KEEPING_RESULTS = CACHES | {"defaultdict"}
# Makers of values without a trace elsewhere; a class of the project's own may count its instances, so it is not here.
_CALLS = frozenset(
    {
        "frozenset", "set", "dict", "list", "tuple", "str", "int", "float", "bytes", "bool", "complex", "len", "sorted", "min",
        "max", "sum", "range", "enumerate", "zip", "map", "filter", "reversed", "object", "type", "abs", "round", "repr",
        "compile", "getLogger", "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "namedtuple", "NamedTuple", "Path",
        "PurePath", "PurePosixPath", "join", "dirname", "abspath", "basename", "resolve", "partial", "itemgetter",
        "defaultdict", "OrderedDict", "Counter", "deque", "MappingProxyType", "Decimal", "Fraction", "timedelta", "datetime",
        "date", "time", "Struct", "cast", "count", "Lock", "RLock", "ContextVar", "local", "field", "ib", "format", "split",
        "strip", "lower", "upper", "encode", "decode", "replace", "get", "getenv", "keys", "values", "items", "fromkeys",
        "copy", "union", "with_name", "joinpath", "bytearray", "memoryview", "WeakKeyDictionary", "WeakValueDictionary", "Mock",
        "MagicMock", "param", "dedent",
    }
)  # fmt: skip

# What these give is nobody's yet.
FRESH = _CALLS | {"", "deepcopy", "pop", "popitem", "__new__", "super"}
_NOT_KEEPING = (_DECORATORS | _CALLS | CALLING) - KEEPING_RESULTS


def may_keep(calls: Iterable[str]) -> set[str]:
    """Those of these makers of a value, by their simple names, that may keep what a function gives them which they are given."""
    return {call.rpartition(".")[2] for call in calls} - _NOT_KEEPING


def dotted(node: ast.AST) -> str:
    """The name that an expression starts from and the attributes behind it ("pytest.mark.skipif" of a call of that)."""
    attributes: list[str] = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(attributes)])
        else:
            return ".".join(["?", *reversed(attributes)])


def given_names(decorator: ast.expr) -> list[str]:
    """The variables that a decorator is called with, as they are. What has the name of a class is taken to be one, which says to
    what kind of thing the function belongs (`@dispatch(Square)`), and not where it is put."""
    if not isinstance(decorator, ast.Call):
        return []
    given = [*decorator.args, *(keyword.value for keyword in decorator.keywords)]
    names = [argument.id for argument in given if isinstance(argument, ast.Name)]
    return [name for name in names if name.isupper() or name.lstrip("_")[:1].islower()]


def is_inert_decorator(node: ast.expr) -> bool:
    """Whether the decorator is known to leave nothing behind but what it returns. An autouse fixture is not inert: it
    concerns tests that do not mention it."""
    name = dotted(node)
    if isinstance(node, ast.Call) and any(
        keyword.arg == "autouse" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
        for keyword in node.keywords
    ):
        return False
    return name.startswith(("pytest.mark.", "pytest.fixture", "mark.")) or name.rpartition(".")[2] in _DECORATORS


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is there for type checkers only: the function itself comes behind it and takes its name."""
    return any(dotted(decorator).rpartition(".")[2] == "overload" for decorator in node.decorator_list)


def is_seen_by_class(node: ast.expr) -> bool:
    """Whether a method's decorator may say something to what makes its class (a base, a metaclass), and so change the class for
    those who never mention the method: `abstractmethod`, or one that is not known (a validator, a handler of events)."""
    return dotted(node).rpartition(".")[2] == "abstractmethod" or not is_inert_decorator(node)


def may_remember(node: ast.expr) -> bool:
    """Whether the decorator may answer a call without calling the function: it keeps results, or is not known. What a fixture
    of a wider scope keeps is part of each test that uses it, `autouse` or not."""
    name = dotted(node).rpartition(".")[2]
    return name in CACHES or not (name in _DECORATORS or is_inert_decorator(node))


def is_of_class(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether a method of the class `name` is one of the class itself and makes no object of it."""
    if not any(dotted(decorator).rpartition(".")[2] in _OF_CLASS for decorator in node.decorator_list):
        return False
    first = [argument.arg for argument in node.args.args[:1]]
    makers = {name, "__class__", "__new__", *first}
    for inner in walk(node):
        if isinstance(inner, ast.Call) and dotted(inner.func) not in _LOOKING:
            for part in (inner.func, *inner.args, *(keyword.value for keyword in inner.keywords)):
                if dotted(part).rpartition(".")[2] in makers:
                    return False
    return True


def made_by(node: ast.AST | None) -> list[str]:
    """What an expression calls, apart from inert makers, as dotted names; nothing for plain values."""
    if node is None:
        return []
    found = []
    for inner in walk(node):
        if isinstance(inner, ast.Call):
            name = dotted(inner.func)
            if name.rpartition(".")[2] not in _CALLS and not name.startswith("pytest."):
                found.append(name)
        elif isinstance(inner, (ast.Await, ast.NamedExpr, ast.Yield)):
            found.append("?")
    return found


def given_attributes(node: ast.AST | None) -> set[str]:
    """The attributes that calls in an expression are given, as dotted names: of `remember(data.load)` "data.load"."""
    found: set[str] = set()
    for inner in walk(node) if node is not None else ():
        if isinstance(inner, ast.Call):
            given = [*inner.args, *(keyword.value for keyword in inner.keywords)]
            found.update(dotted(argument) for argument in given if isinstance(argument, ast.Attribute))
    return found


def made_for(header: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    """What is called, while a function or class is made, for its defaults, its bases and what its decorators are given."""
    if isinstance(header, ast.ClassDef):
        parts = [*header.bases, *(keyword.value for keyword in header.keywords)]
    else:
        parts = [*header.args.defaults, *(default for default in header.args.kw_defaults if default)]
    for decorator in header.decorator_list:
        if isinstance(decorator, ast.Call):
            parts += [*decorator.args, *(keyword.value for keyword in decorator.keywords)]
    return [name for part in parts for name in made_by(part)]
