"""index.html: one self-contained page, by Jinja2 with autoescape on.

A project's own templates, in `reports/templates/`, take the place of the built-in ones of the same name, which they can still
reach with `lamina/` before it: `{% extends "lamina/index.html" %}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)

from lamina.records import RunRecord
from lamina.reports.page import page_of
from lamina.reports.stored import stamp_of

__all__ = ["page_html", "template"]


def page_html(run: RunRecord, templates_dir: Path | None = None) -> Iterator[str]:
    """The page in pieces."""
    return template(templates_dir).generate(page_of(run))


def template(templates_dir: Path | None) -> Template:
    """The page's template, compiled once a process unless somebody changes the project's own ones."""
    return _template(templates_dir, repr(stamp_of(templates_dir)))


@lru_cache(maxsize=1)
def _template(templates_dir: Path | None, stamp: str) -> Template:
    del stamp
    return environment(templates_dir).get_template("index.html")


def environment(templates_dir: Path | None) -> Environment:
    """Jinja with the project's templates before the built-in ones."""
    built_in = PackageLoader("lamina.reports", "templates")
    loaders: list[BaseLoader] = [built_in, PrefixLoader({"lamina": built_in})]
    if templates_dir:
        loaders.insert(0, FileSystemLoader(templates_dir))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=True,
    )
