"""The projects that can be replayed: where they come from and what their tests need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """A project with its history. `path` holds its packages, `sources` are where faults are put; both from its root."""

    name: str
    repository: str
    requirements: tuple[str, ...]
    path: str
    sources: tuple[str, ...]
    arguments: tuple[str, ...] = ()


PROJECTS = {
    project.name: project
    for project in (
        Project(
            "attrs",
            "https://github.com/python-attrs/attrs",
            ("pytest==9.2.0", "cloudpickle", "hypothesis", "pympler"),
            path="src",
            sources=("src/attr", "src/attrs"),
        ),
        # Its tests import a name from pytest's inside that pytest 9 has moved.
        Project(
            "flask",
            "https://github.com/pallets/flask",
            ("pytest==8.4.2", "werkzeug==3.1.3", "asgiref", "python-dotenv", "greenlet"),
            path="src",
            sources=("src/flask",),
        ),
        # Its history after 3.6.1 asks for Python 3.12: on 3.11, replay it `--until networkx-3.6.1`.
        Project(
            "networkx",
            "https://github.com/networkx/networkx",
            ("pytest==9.2.0",),
            path=".",
            sources=("networkx",),
        ),
    )
}
