"""All nodes below one, those left out that only say how another is meant."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lamina
from lamina.tracing.walking import walk

_MEANING = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)

EVERYTHING = '''
async def run(a, /, b: int = 1, *rest, c=2, d, **names) -> None:
    """Text."""
    global shared
    async with a as (x, y), b:
        yield [*rest], {**names, "a": 1}, {1, 2}, f"{a!r:>{b}} {c=}", ..., b"", 1j
    match a:
        case {"key": [1, *others], **left} if not b: del a.b[1:2, ::3]
        case Point(x=0) | None: x: int = await y
        case _: lambda *, e=1: (z := e)
    try: assert a < b <= c, "no"
    except (A, B) as error: raise error from None
    else: x += 1
    finally: return
'''


def kinds(nodes: list[ast.AST]) -> list[str]:
    return sorted(ast.dump(node) for node in nodes)


@pytest.mark.parametrize("text", ["", EVERYTHING, "class A(B, metaclass=C): x = y if z else w\n"])
def test_as_the_standard_library_finds_them(text: str) -> None:
    tree = ast.parse(text)
    assert kinds(walk(tree)) == kinds([node for node in ast.walk(tree) if not isinstance(node, _MEANING)])


def test_in_lamina_itself() -> None:
    for file in Path(lamina.__file__).parent.glob("tracing/*.py"):
        tree = ast.parse(file.read_bytes())
        expected = {id(node) for node in ast.walk(tree) if not isinstance(node, _MEANING)}
        assert {id(node) for node in walk(tree)} == expected
