"""Every fault that a declaration of services can have, and what placeholders are."""

# ruff: noqa: E501
# Messages stand in one piece, as users read them.
from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.placeholders import filled, placeholders

FILE = "layers/test_layers.yaml"


def one(*lines: str) -> str:
    """A service with these keys, the first of them on line 4."""
    return "services:\n  db:\n    command: serve\n" + "".join(f"    {line}\n" for line in lines)


KNOWN = "{dir}, {host}, {name}, {port}, {python}, {root}; {{ and }} for braces"
FAULTS = {
    "no command": ("services:\n  db: {port: 1}", "2: services.db: lacks the key command; allowed: the command line that starts it"),
    "an empty command": (
        "services:\n  db: {command: ' '}", "2: services.db.command: lacks the key command; allowed: the command line that starts it",
    ),
    "quotes": (
        "services:\n  db: {command: 'serve \"x'}",
        '2: services.db.command: is not a command line: No closing quotation (found serve "x); allowed: words, quoted as for a shell',
    ),
    "a name": (
        "services:\n  d b: {command: x}",
        "2: services.d b: is not a usable name (found d b); allowed: a letter, then letters, digits, _ or -, at most 64 in all",
    ),
    "unknown key": (one("comand: x"), "4: services.db.comand: is not a key here, did you mean command? (found comand); allowed: "),
    "unknown kind": (
        one("readiness: {kind: tpc}"),
        '4: services.db.readiness.kind: is not one of the allowed values, did you mean tcp? (found the text "tpc"); '
        "allowed: command, http, log, tcp",
    ),
    "kind without its key": (
        one("readiness: {kind: log}"), "4: services.db.readiness: lacks the key line, which kind log needs; allowed: text that is not empty",
    ),
    "key of another kind": (
        one("readiness: {line: x}"), "4: services.db.readiness.line: is for kind log (found kind tcp); allowed: kind: log",
    ),
    "no expression": (
        one("readiness: {kind: log, line: '('}"),
        "4: services.db.readiness.line: is not a regular expression: missing ), unterminated subpattern at position 0 (found (); "
        "allowed: as in Python's re",
    ),
    "no address": (
        one("readiness: {kind: http, url: 'localhost'}"),
        "4: services.db.readiness.url: is not an address of this kind (found localhost); allowed: http://{host}:{port}/…",
    ),
    "placeholder": (
        one("provides: {URL: 'x{prt}'}"),
        "4: services.db.provides.URL: has a placeholder that stands for nothing, did you mean port? (found {prt}); "
        f"allowed: {KNOWN}",
    ),
    "a variable's name": (
        one("environment: {a-b: x}"),
        '4: services.db.environment.a-b: is not the name of a variable (found "a-b"); allowed: letters, digits and _, not starting '
        "with a digit",
    ),
    "a port": (one("port: 70000"), "4: services.db.port: is out of range (found 70000); allowed: a whole number from 0 up to 65535"),
    "reuse of any port": (
        one("reuse: true"), "4: services.db.reuse: needs a fixed port, by which it is found (found port 0, a free one); allowed: port: NUMBER",
    ),
    "unknown dependency": (
        one("depends_on: [dp]"), "4: services.db.depends_on[0]: there is no service of this name (found dp); allowed: none",
    ),
    "itself": (
        one("depends_on: [db]"),
        "4: services.db.depends_on: services wait for each other in a ring (found db -> db); allowed: an order without a way back",
    ),
    "a pattern": (one("inputs: ['../x']"), '4: services.db.inputs[0]: leads out of the project (found "../x"); allowed: '),
    "one port for two": (
        "services:\n  a: {command: x, port: 7}\n  b: {command: x, ports: {x: 7}}",
        "3: services.b.ports.x: is a port of a as well (found 7); allowed: a port for each",
    ),
    "one variable for two": (
        "services:\n  a: {command: x, provides: {U: x}}\n  b: {command: x, provides: {U: x}}",
        "3: services.b.provides.U: gives tests variables that a gives too (found U); allowed: variables of its own",
    ),
    "names that are one variable": (
        "services:\n  a-b: {command: x}\n  a_b: {command: x}",
        "3: services.a_b: gives tests variables that a-b gives too (found LAMINA_SERVICE_A_B); allowed: variables of its own",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_fault(project: Any, text: str, message: str) -> None:
    project.write(layers=text)
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert str(caught.value).startswith(f"{FILE}:{message}")
    assert len(caught.value.faults) == 1


def test_placeholders() -> None:
    text = "a {port} {ports.http} {other-one.port} ${HOME} {{port}} {1,2} {} {a b}"
    assert placeholders(text) == ["port", "ports.http", "other-one.port"]
    assert (
        filled(text, lambda name: f"<{name}>") == "a <port> <ports.http> <other-one.port> ${HOME} {port} {1,2} {} {a b}"
    )
