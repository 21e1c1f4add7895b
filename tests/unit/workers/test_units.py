"""Which tests stay together, and in which order they are taken: on suites that pytest itself collects."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from lamina.workers.units import Order, arrange

FIXTURES = """
    import pytest, unittest
    @pytest.fixture(scope="module")
    def module_wide(): pass
    @pytest.fixture(scope="class")
    def class_wide(): pass
    @pytest.fixture(scope="session")
    def session_wide(): pass
    """


def collected(folder: Path, body: str) -> list[pytest.Item]:
    path = folder / f"test_{folder.name}.py".replace("[", "_")
    # A name of its own: pytest imports it into this very process.
    path.write_text(textwrap.dedent(FIXTURES) + textwrap.dedent(body))
    items: list[pytest.Item] = []

    class Catch:
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            items.extend(session.items)

    options = ["--collect-only", "-q", "--rootdir", str(folder), "-c", "/dev/null"]
    # Plugins of this very session that would mind being configured twice; pytest-django, with its autouse fixture for
    # classes, stays.
    quiet = [word for name in ("cacheprovider", "randomly", "asyncio") for word in ("-p", f"no:{name}")]
    status = pytest.main([*options, *quiet, str(path)], plugins=[Catch()])
    assert status == 0
    return items


def groups(items: list[pytest.Item], order: Order) -> list[list[str]]:
    return [[items[index].name for index in order.positions[unit.begin : unit.end]] for unit in order.units]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def test_a(): pass\ndef test_b(session_wide): pass", [["test_a"], ["test_b"]]),
        ("def test_a(module_wide): pass\ndef test_b(module_wide): pass", [["test_a", "test_b"]]),
        ("def setup_module(): pass\ndef test_a(): pass\ndef test_b(): pass", [["test_a", "test_b"]]),
        (
            "class TestOne:\n def test_a(self, class_wide): pass\n def test_b(self, class_wide): pass\n def test_c(self): pass",
            [["test_a", "test_b"], ["test_c"]],
        ),
        (
            "class TestOne:\n @classmethod\n def setup_class(cls): pass\n def test_a(self): pass\n def test_b(self): pass",
            [["test_a", "test_b"]],
        ),
        ("class Old(unittest.TestCase):\n def test_a(self): pass\n def test_b(self): pass", [["test_a"], ["test_b"]]),
        (
            "class Old(unittest.TestCase):\n @classmethod\n def setUpClass(cls): pass\n"
            " def test_a(self): pass\n def test_b(self): pass",
            [["test_a", "test_b"]],
        ),
        (
            "@pytest.mark.xdist_group('g')\ndef test_a(): pass\ndef test_b(): pass\n"
            "@pytest.mark.xdist_group(name='g')\ndef test_c(): pass",
            [["test_a", "test_c"], ["test_b"]],
        ),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_stays_together(body: str, expected: list[list[str]], tmp_path: Path) -> None:
    items = collected(tmp_path, body)
    order = arrange(items, {}, workers=2)
    assert sorted(groups(items, order)) == sorted(expected)
    assert all(unit.bound == (unit.end - unit.begin > 1) for unit in order.units)


@pytest.mark.filterwarnings("ignore")
def test_longest_first_and_the_unknown_as_the_median(tmp_path: Path) -> None:
    items = collected(tmp_path, "def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\ndef test_d(): pass")
    known = {items[0].nodeid: 1.0, items[1].nodeid: 9.0, items[3].nodeid: 2.0}
    assert groups(items, arrange(items, known, workers=2)) == [["test_b"], ["test_c"], ["test_d"], ["test_a"]]


@pytest.mark.filterwarnings("ignore")
def test_short_units_keep_pytests_order_behind_long_ones(tmp_path: Path) -> None:
    classes = [f"class Test{name}:\n def test_{name}(self, class_wide): pass" for name in "abc"]
    items = collected(tmp_path, "\n".join([*classes, "def test_d(): pass", "def test_e(): pass"]))
    seconds = dict(zip([item.nodeid for item in items], (0.01, 0.03, 0.02, 9.0, 0.01), strict=True))
    expected = [["test_d"], ["test_a"], ["test_b"], ["test_c"], ["test_e"]]
    assert groups(items, arrange(items, seconds, workers=2)) == expected


@pytest.mark.filterwarnings("ignore")
def test_short_tests_share_a_unit(tmp_path: Path) -> None:
    items = collected(tmp_path, "@pytest.mark.parametrize('i', range(640))\ndef test_a(i): pass")
    sizes = {unit.end - unit.begin for unit in arrange(items, {}, workers=2).units}
    assert sizes == {10}


def test_nothing_to_arrange() -> None:
    order: Any = arrange([], {}, workers=2)
    assert (order.positions, order.units) == ([], [])
