"""Where statements begin in a file that a traceback shows, looked up once for all failures.

To show the lines of a traceback's entry pytest parses the whole file it is in, once for each failure: where one broken function
fails hundreds of tests, nearly all of their time. What it needs of that are the lines in which statements begin.
"""

from __future__ import annotations

import ast
from typing import Any

from xxhash import xxh3_128_digest

__all__ = ["parse_once"]

# The name under which pytest itself (since 9.1) keeps them at a tree that it has parsed.
_LINES = "_pytest_statement_linenos"


def parse_once() -> None:
    """From now on, in this process and its forks. A pytest that does not keep these lines is left as it is."""
    from _pytest._code import code, source

    if not hasattr(source, "_statement_linenos") or not hasattr(code, "getstatementrange_ast"):
        return
    find = code.getstatementrange_ast
    # By the content: a file may be another one in the next test.
    known: dict[bytes, list[int]] = {}

    def find_in_known(lineno: int, shown: Any, assertion: bool = False, astnode: ast.AST | None = None) -> Any:
        if astnode is not None:
            return find(lineno, shown, assertion, astnode)
        content = xxh3_128_digest("\n".join(shown.lines).encode("utf-8", "surrogatepass"))
        if content in known:
            tree = ast.Module([], [])
            setattr(tree, _LINES, known[content])
            return find(lineno, shown, assertion, tree)
        found = find(lineno, shown, assertion)
        lines = getattr(found[0], _LINES, None)
        if lines is not None:
            known[content] = lines
        return found

    code.getstatementrange_ast = find_in_known
