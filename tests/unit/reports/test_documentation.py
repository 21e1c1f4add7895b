"""docs/reports.md names every field that is written, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from lamina import records
from lamina.reports.html import environment

DOCUMENT = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
STRUCTS: dict[str, type[msgspec.Struct]] = {
    "results.json": records.RunRecord,
    "run": records.RunHeader,
    "layers, and categories in them": records.LayerRecord,
    "tests": records.TestRecord,
    "workers": records.WorkerSpan,
    "audit": records.AuditRecord,
    "services": records.ServiceRecord,
}


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    return re.split(r"^#+ ", DOCUMENT.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def documented(text: str) -> list[set[str]]:
    """The names in the first column of each table."""
    tables = re.findall(r"^\| (?:field.*)\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)))) for table in tables]


@pytest.mark.parametrize("title", STRUCTS)
def test_fields(title: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(STRUCTS[title])}
    assert documented(section(title))[0] == fields


def test_fields_of_a_fault() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(records.AuditFault)}
    assert documented(section("audit"))[1] == fields


def test_fields_of_categories() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(records.CategoryRecord)}
    assert documented(section("layers, and categories in them"))[1] == fields


def test_outcomes() -> None:
    table = section("tests").split("| outcome |", 1)[1]
    first_column = "".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_column)) == set(records.OUTCOMES)


def test_blocks_of_the_page() -> None:
    [sentence] = re.findall(r"Blocks are ([^.]*)\.", DOCUMENT)
    assert set(re.findall(r"`(\w+)`", sentence)) == set(environment(None).get_template("index.html").blocks)


def test_pictures_are_there() -> None:
    for picture in re.findall(r"\]\((images/[^)]*)\)", DOCUMENT):
        assert (Path(__file__).parents[3] / "docs" / picture).stat().st_size < 300_000
