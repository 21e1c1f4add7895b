"""Edits of the programs in `small_programs`, each drawn by chance."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random

from support.small_programs import (
    DECORATORS,
    METHODS,
    MODULES,
    STYLES,
    WAYS,
    Definition,
    Program,
    definition,
    expression,
    method,
    use,
)

__all__ = ["edit"]


def edit(program: Program, random: Random) -> tuple[Program, str]:
    """Another program, and what was done."""
    changed = copy.deepcopy(program)
    done = []
    for _ in range(random.choice((1, 1, 1, 2))):
        change = random.choice(_EDITS)
        change(changed, random)
        done.append(change.__name__)
    return changed, " and ".join(done)


def _one(program: Program, random: Random, *kinds: str) -> tuple[int, Definition] | None:
    found = [(number, one) for number, one in enumerate(program.definitions) if not kinds or one.kind in kinds]
    return random.choice(found) if found else None


def value(program: Program, random: Random) -> None:
    found = _one(program, random, "constant", "function")
    if found:
        number, one = found
        one.value = (
            ("number", random.randint(10, 99)) if one.kind == "constant" else expression(program, random, number)
        )


def number_in_function(program: Program, random: Random) -> None:
    found = _one(program, random, "function")
    if found:
        found[1].value = ("+", found[1].value, ("number", random.randint(1, 9)))


def default(program: Program, random: Random) -> None:
    found = _one(program, random, "function")
    if found:
        found[1].default += random.randint(1, 3)


def way(program: Program, random: Random) -> None:
    found = _one(program, random, "function")
    if found:
        found[1].way = random.choice(WAYS)


def decorator(program: Program, random: Random) -> None:
    found = _one(program, random, "function")
    if found:
        found[1].decorator = random.choice(DECORATORS)


def table(program: Program, random: Random) -> None:
    found = _one(program, random, "table")
    if found:
        number, one = found
        functions = program.before(number, "function")
        one.value[random.choice("abc")] = random.choice(functions).name if functions else random.randint(10, 99)


def attribute(program: Program, random: Random) -> None:
    found = _one(program, random, "class")
    if found:
        found[1].attribute = random.choice((None, 3, 4, 5))


def member(program: Program, random: Random) -> None:
    found = _one(program, random, "class")
    if found:
        number, one = found
        name = random.choice(METHODS)
        if name in one.value and random.random() < 0.4:
            del one.value[name]
        else:
            one.value[name] = method(program, random, number, name, bool(one.base))


def fallback(program: Program, random: Random) -> None:
    found = _one(program, random, "class")
    if found:
        found[1].fallback = not found[1].fallback


def base(program: Program, random: Random) -> None:
    found = _one(program, random, "class")
    if found:
        number, one = found
        one.base = random.choice(["", *(other.name for other in program.before(number, "class"))])


def shadow(program: Program, random: Random) -> None:
    """A name is defined once more: at the end of its module, or in one that imports it."""
    found = _one(program, random, "constant", "function", "read")
    if found:
        _, one = found
        module = random.randint(one.module, len(MODULES) - 1)
        again = f"def {one.name}(given, more=1): return 50" if one.kind == "function" else f"{one.name} = 60"
        program.statements.append((module, again))


def statement(program: Program, random: Random) -> None:
    """A module changes another one when it is imported, or does so no more."""
    if program.statements and random.random() < 0.5:
        program.statements.pop()
        return
    found = _one(program, random, "constant", "read")
    if found:
        place = MODULES[found[1].module]
        module = random.randint(found[1].module, len(MODULES) - 1)
        program.statements.append((module, f"import app.{place}\napp.{place}.{found[1].name} = 40"))


def remove(program: Program, random: Random) -> None:
    found = _one(program, random)
    if found:
        program.definitions.remove(found[1])


def add(program: Program, random: Random) -> None:
    last = len(program.definitions)
    one = definition(program, random, last, len(MODULES) - 1)
    one.name = f"added_{one.name}"
    program.definitions.append(one)


def add_unused(program: Program, random: Random) -> None:
    program.statements.append((random.randrange(len(MODULES)), "def cunused(): return 1"))


def reorder(program: Program, random: Random) -> None:
    for number in range(len(program.definitions) - 1):
        first, second = program.definitions[number : number + 2]
        if first.kind == second.kind == "function" and first.module == second.module:
            program.definitions[number : number + 2] = [second, first]
            return


def noise(program: Program, random: Random) -> None:
    found = _one(program, random)
    if found:
        found[1].noise = random.choice(("# why\n", "\n\n", "'a text'\n", "pass\n"))


def style(program: Program, random: Random) -> None:
    program.styles[random.randrange(len(program.styles))] = random.choice(STYLES)


def exports(program: Program, random: Random) -> None:
    program.exports = not program.exports


def data(program: Program, random: Random) -> None:
    program.data = random.choice(("4", "5", "6", "none"))


def fixture(program: Program, random: Random) -> None:
    program.fixture = random.choice((1, 2, 3))
    program.scope = random.choice(("function", "module", "session"))


def test(program: Program, random: Random) -> None:
    chosen = random.choice(program.tests)
    action = random.randint(0, 2)
    if action == 0 and len(program.tests) > 1:
        program.tests.remove(chosen)
    elif action == 1:
        chosen.value = use(program, random, len(program.definitions))
    else:
        program.tests.append(copy.copy(chosen))
        program.tests[-1].name = f"{chosen.name}_again"


_EDITS: list[Callable[[Program, Random], None]] = [
    value, value, number_in_function, number_in_function, default, way, decorator, table, attribute, member, member, fallback,
    base, shadow, statement, remove, add, add_unused, reorder, noise, style, exports, data, fixture, test,
]  # fmt: skip
