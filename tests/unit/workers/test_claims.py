"""Claims: each test is exactly one category's own, by file before it is imported and by marker and keyword after."""

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.workers.claims import Claims
from lamina.workers.protocol import Claim

TESTS = """
import pytest

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.slow
@pytest.mark.net
def test_both(): pass

def test_login(): pass

def test_plain(): pass
"""


def claim(
    name: str, *include: str, exclude: tuple[str, ...] = (), markers: tuple[str, ...] = (), keywords: tuple[str, ...] = (),
    rest: bool = False,
) -> Claim:  # fmt: skip
    return Claim(
        name=name, include_patterns=list(include), exclude_patterns=list(exclude), markers=list(markers),
        keywords=list(keywords), rest=rest,
    )  # fmt: skip


ALL = [
    claim("smoke", "tests/smoke/**"),
    claim("network", "tests/unit/**", markers=("net",)),
    claim("slow", markers=("slow and not net",)),
    claim("login", keywords=("login",), exclude=("tests/old/**",)),
    claim("unit", "tests/unit/**", exclude=("tests/unit/old/**",)),
    claim("rest", rest=True, exclude=("tests/manual/**",)),
]


def owner(path: str, item: pytest.Item) -> list[str]:
    return [one["name"] for one in ALL if Claims(ALL, one["name"]).owns(item, path)]


def may_own(path: str) -> list[str]:
    return [one["name"] for one in ALL if Claims(ALL, one["name"]).may_own(path)]


class _Gathering:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = session.items


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pytest.Item]:
    folder = tmp_path_factory.mktemp("claims")
    path = folder / "test_of_claims.py"
    path.write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    net\n")
    gathering = _Gathering()
    plain = ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:randomly", "-p", "no:cov", "-p", "no:asyncio"]
    pytest.main(
        ["--collect-only", *plain, f"--rootdir={folder}", "-c", str(folder / "pytest.ini"), str(path)],
        [gathering],
    )
    return {item.name: item for item in gathering.items}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("tests/smoke/test_a.py", ["smoke"]),
        ("tests/unit/test_a.py", ["network", "slow", "login", "unit"]),
        ("tests/unit/old/test_a.py", ["network", "slow", "login", "rest"]),
        ("tests/old/test_a.py", ["slow", "rest"]),
        ("tests/manual/test_a.py", ["slow", "login"]),
    ],
)
def test_who_may_own_a_file(path: str, names: list[str]) -> None:
    assert may_own(path) == names


@pytest.mark.parametrize(
    ("path", "test", "name"),
    [
        ("tests/smoke/test_a.py", "test_slow", "smoke"),
        ("tests/unit/test_a.py", "test_slow", "slow"),
        ("tests/unit/test_a.py", "test_both", "network"),
        ("tests/unit/test_a.py", "test_login", "login"),
        ("tests/unit/test_a.py", "test_plain", "unit"),
        ("tests/else/test_a.py", "test_both", "rest"),
        ("tests/old/test_a.py", "test_login", "rest"),
    ],
)
def test_who_owns_a_test(items: dict[str, pytest.Item], path: str, test: str, name: str) -> None:
    assert owner(path, items[test]) == [name]


def test_what_nobody_takes(items: dict[str, pytest.Item]) -> None:
    assert owner(str(Path("tests/manual/test_a.py")), items["test_plain"]) == []
