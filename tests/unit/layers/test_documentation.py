"""docs/configuration.md is true: its tables are those of the model, its examples load.

Run as a program, this file writes the tables into the page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import inspect

from lamina.layers import model, written
from lamina.layers.levels import LEVELS
from lamina.layers.names import TAKEN
from lamina.layers.shape import describe_kind, plain_type
from lamina.layers.variable_names import VARIABLES

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
EXAMPLES = re.findall(r"```yaml\n(# (layers/\S+)\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

# Structs whose keys are used in files, in the order in which the page has them.
STRUCTS = [
    "LayersFile",
    "Layer",
    "Category",
    "Filters",
    "ResourceLimits",
    "Service",
    "Readiness",
    "Database",
    "Resource",
    "Settings",
    "EnvironmentFile",
]
NESTED = {"Filters": "filters", "ResourceLimits": "resource limits", "Readiness": "readiness", "Settings": "settings"}


def fields(struct: str) -> list[tuple[str, Any, str, str]]:
    """Name, type, default as text and description of each key of a struct, as files have it."""
    kind = getattr(model, struct, None) or getattr(written, struct)
    rows = []
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        if (struct, field.encode_name) in (
            ("Layer", "name"),
            ("Service", "name"),
            ("Database", "name"),
            ("Resource", "name"),
        ):
            continue  # the key under which it stands
        name = {("Layer", "title"): "name"}.get((struct, field.encode_name), field.encode_name)
        schema = field.type.extra_json_schema or {}
        rows.append((name, plain_type(field.type), default_text(field), schema["description"]))
    return rows


def default_text(field: Any) -> str:
    default = field.default
    if default is inspect.NODEFAULT:
        return "required" if field.required else "empty"
    if default is None:
        return "null"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return f"{default:g}"
    return f"`{default}`" if isinstance(default, str) and default else "empty"


def type_text(kind: Any) -> str:
    if isinstance(kind, inspect.UnionType):
        inner = [plain_type(one) for one in kind.types if not isinstance(one, inspect.NoneType)]
        return type_text(inner[0]) + ", or null"
    if isinstance(kind, inspect.StructType):
        name = {"Settings": "settings"}.get(kind.cls.__name__, NESTED.get(kind.cls.__name__, ""))
        return f"[{name}](#{name.replace(' ', '-')})"
    if isinstance(kind, inspect.VarTupleType):
        inner_kind = plain_type(kind.item_type)
        if isinstance(inner_kind, inspect.StructType):
            return {"Category": "list of categories", "Need": "list of names or mappings"}[inner_kind.cls.__name__]
        return "list of texts"
    if isinstance(kind, inspect.StrType):
        return "text"
    if isinstance(kind, inspect.DictType):
        return "mapping"
    return describe_kind(kind)


def tables() -> dict[str, list[str]]:
    """The lines that belong between each pair of markers of the page."""
    found: dict[str, list[str]] = {}
    for struct in STRUCTS:
        rows = [f"| `{key}` | {type_text(kind)} | {default} | {text} |" for key, kind, default, text in fields(struct)]
        found[f"keys: {struct}"] = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
    head = f"| setting | {' | '.join(f'`{level}`' for level in LEVELS)} |"
    settings = [
        f"| `{key}` | {' | '.join(str(level[key]) for level in LEVELS.values())} |" for key in LEVELS["balanced"]
    ]
    found["levels"] = [head, "|---" * (len(LEVELS) + 1) + "|", *settings]
    found["variables"] = [f"| `{variable}` | `settings.{setting}` |" for variable, setting in VARIABLES.items()]
    found["taken"] = [", ".join(f"`{name}`" for name in sorted(TAKEN)) + "."]
    found["not yet"] = [
        f"- {where}: {', '.join(f'`{key}`' for key in keys)}" for where, keys in not_yet().items() if keys
    ]
    return found


def not_yet() -> dict[str, list[str]]:
    """The keys that the model itself calls "not yet in effect"."""
    names = {"Layer": "a layer's", "Category": "a category's", "Settings": "of the settings"}
    return {
        where: [key for key, _, _, text in fields(struct) if "not yet in effect" in text.lower()]
        for struct, where in names.items()
    }


def with_tables(page: str) -> str:
    for name, lines in tables().items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        assert begin and end, name
        page = f"{before}{begin}{chr(10).join(lines)}\n{end}{after}"
    return page


def test_the_tables_are_those_of_the_model() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page) == page, f"run {Path(__file__).name} as a program to refresh them"


def test_what_is_not_in_effect_is_said_plainly() -> None:
    found = not_yet()
    assert {"retries"} <= set(found["a category's"])
    assert "batch_size" in found["of the settings"]


@pytest.mark.parametrize(("text", "name"), EXAMPLES)
def test_an_example_loads(project: Any, text: str, name: str) -> None:
    project.file(name, text)
    environment = Path(name).stem if "environments" in name else None
    assert project.load(environment).files == (name,)


def test_the_page_has_examples_of_both_kinds_of_file() -> None:
    names = {name for _, name in EXAMPLES}
    assert names == {"layers/test_layers.yaml", "layers/environments/ci.yaml"}
    assert len(EXAMPLES) == PAGE.read_text("utf-8").count("```yaml"), "every block says which file it is"


def test_what_the_examples_promise(project: Any, category_of: Any) -> None:
    project.file("layers/test_layers.yaml", EXAMPLES[0][0])
    configuration = project.load()
    assert [one.name for one in configuration.layers[1].categories][-1] == "contract"
    assert "cypress" not in [one.name for one in configuration.layers[-1].categories]
    project.file("layers/test_layers.yaml", EXAMPLES[1][0])
    configuration = project.load()
    assert [layer.name for layer in configuration.layers][:2] == ["quick_validation", "fast_feedback"]
    assert category_of(configuration, "smoke").timeout_seconds == 30


def test_links_within_the_page_lead_somewhere() -> None:
    page = PAGE.read_text("utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in page.splitlines()
        if line[:1] == "#"
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= anchors
    for target in re.findall(r"\]\((\.\./[^)]+)\)", page):
        assert (PAGE.parent / target).exists()


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
