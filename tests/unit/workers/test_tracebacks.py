"""Failures look as pytest shows them, though each file is parsed once."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest._code import code, source

from lamina.workers.tracebacks import parse_once

FIRST = '''
def outer(number):
    """Calls."""
    return inner(
        number,
        0,
    )

# Between.

def inner(one, other):
    try:
        return one / other
    finally:
        pass
'''


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is parsed in the test, which begins with pytest as it is: under lamina its worker parses once already."""
    monkeypatch.setattr(code, "getstatementrange_ast", source.getstatementrange_ast)
    contents: list[str] = []
    parse = ast.parse

    def noted(content: Any, *arguments: Any, **options: Any) -> Any:
        contents.append(str(content))
        return parse(content, *arguments, **options)

    monkeypatch.setattr(ast, "parse", noted)
    yield contents


def shown(path: Path, text: str) -> str:
    """What pytest shows of a failure in a file with this text."""
    path.write_text(text)
    linecache.checkcache(str(path))
    functions: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), functions)
    with pytest.raises(ZeroDivisionError) as caught:
        functions["outer"](1)
    return str(caught.getrepr(style="long"))


def test_a_file_is_parsed_once(parsed: list[str], tmp_path: Path) -> None:
    path = tmp_path / "failing.py"
    other = FIRST.replace("# Between.", "\n\nX = 1\n")
    plain = [shown(path, text) for text in (FIRST, other, FIRST)]
    assert plain[0] != plain[1]
    assert len([text for text in parsed if text.startswith("\ndef outer")]) == 3
    parsed.clear()
    parse_once()
    assert [shown(path, text) for text in (FIRST, other, FIRST)] == plain
    assert len([text for text in parsed if text.startswith("\ndef outer")]) == 2


def test_a_file_that_is_no_python(parsed: list[str], tmp_path: Path) -> None:
    def fail(path: Path) -> str:
        path.write_text("{% this is a template %}\n" * 3)
        linecache.checkcache(str(path))
        functions: dict[str, Any] = {}
        exec(compile("\ndef outer(): 1 / 0", str(path), "exec"), functions)
        with pytest.raises(ZeroDivisionError) as caught:
            functions["outer"]()
        return str(caught.getrepr(style="long"))

    plain = fail(tmp_path / "page.html")
    parse_once()
    assert [fail(tmp_path / "page.html"), fail(tmp_path / "page.html")] == [plain, plain]
