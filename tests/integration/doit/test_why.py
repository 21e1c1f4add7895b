"""`doit why`: of each test why it would run, or where its result comes from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

CART = """\
import os

VAT = 19
limit = 100


def total(prices):
    return sum(prices) * (100 + VAT) // 100


def currency():
    return os.environ.get("SHOP_CURRENCY", "EUR")


def rates():
    with open("data/rates.txt") as file:
        return file.read()
"""
TESTS = """\
import pytest

from shop import cart


def test_total():
    assert cart.total([100]) > 0


def test_currency():
    assert cart.currency()


def test_rates():
    assert cart.rates()


@pytest.mark.parametrize("text", ["a=1", "b"])
def test_text(text):
    assert text


def test_limit():
    assert cart.limit == 100
"""
FILE = "tests/unit/test_cart.py"


@pytest.fixture
def shop(project: Any) -> Any:
    project.environment["LAMINA_AUDIT"] = "0"
    project.write("pyproject.toml", (project.root / "pyproject.toml").read_text() + INI)
    project.write("shop/__init__.py", "")
    project.write("shop/cart.py", CART)
    project.write("data/rates.txt", "1")
    project.write(FILE, TESTS)
    project.doit("unit", "smoke")
    return project


INI = '\n[tool.pytest.ini_options]\npythonpath = ["."]\n'


def test_a_result_from_cache_and_what_it_depends_on(shop: Any) -> None:
    out, err = shop.doit("why", "test_total")
    run = shop.results()["run"]["id"]
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == f"{FILE}::test_total  (unit, in fast_feedback)"
    assert lines[1].startswith("  from cache: passed in ")
    assert lines[1].endswith(f", run {run} in {shop.root} on {os.uname().nodename}")
    found = {line.strip() for line in lines[2:]}
    assert "ran         shop/cart.py: total" in found
    assert f"{FILE}: test_total" in found
    assert f"in reach    3 modules: shop/__init__.py, shop/cart.py, {FILE}" in found
    assert "pytest's configuration" in out
    assert "rates" not in out
    assert "\x1b" not in out
    whole, _ = shop.doit("why", "--all", "test_rates", "currency")
    assert "data/rates.txt" in whole
    assert "$SHOP_CURRENCY" in whole
    assert "looked for  " in whole


def test_each_kind_of_change_is_named_with_its_states(shop: Any) -> None:
    edited = CART.replace("sum(prices) *", "2 * sum(prices) *").replace("VAT = 19", "VAT = 20")
    shop.write("shop/cart.py", edited)
    shop.write("data/rates.txt", "2")
    total, _ = shop.doit("why", "test_total")
    assert "  runs: 2 changes since its last result (passed in " in total
    lines = [line.split("  ") for line in total.splitlines() if line.startswith("    ")]
    rows = {parts[2]: parts[-1] for parts in lines}
    assert rows.keys() == {"shop/cart.py: body of total", "shop/cart.py: constant VAT"}
    for state in rows.values():
        words = state.replace(",", "").split()
        assert (words[0], words[2]) == ("recorded", "now")
        assert words[1] != words[3]
        assert len(words[1]) == len(words[3]) == 8
    assert rows["shop/cart.py: constant VAT"].endswith(", mentioned by shop/cart.py: total")
    out, _ = shop.doit("why", "test_rates", "test_currency", "test_limit", SHOP_CURRENCY="secret")
    assert "runs: 1 change since its last result" in out
    assert "file data/rates.txt  recorded " in out
    assert "variable $SHOP_CURRENCY  was missing, is set" in out
    assert "secret" not in out
    assert f"{FILE}::test_limit  (unit, in fast_feedback)\n  from cache: " in out


def test_headers_imports_and_what_is_gone(shop: Any) -> None:
    edited = CART.replace("def total(prices):", "def total(prices, *more):").replace("limit = 100\n", "")
    shop.write("shop/cart.py", "import sys\n" + edited)
    out, _ = shop.doit("why", "test_total", "test_limit")
    assert "shop/cart.py: header of total" in out
    assert "shop/cart.py: definition of limit  recorded" in out
    assert "now missing, mentioned by " in out


def test_a_name_that_an_import_needs(shop: Any) -> None:
    """Where it is gone, whoever has both modules in reach fails: each test of the file."""
    shop.write(FILE, TESTS.replace("from shop import cart", "from shop import cart\nfrom shop.cart import limit"))
    shop.doit("unit")
    shop.write("shop/cart.py", CART.replace("limit = 100\n", ""))
    out, _ = shop.doit("why", "test_total")
    assert "runs: 1 change" in out
    assert "definition of limit  recorded " in out
    assert ", now missing" in out


def test_a_distribution_is_named_with_its_versions(shop: Any, tmp_path: Path) -> None:
    site = tmp_path / "away" / "site-packages"
    (site / "shipping-1.0.dist-info").mkdir(parents=True)
    shop.environment["PYTHONPATH"] = str(site)
    shop.doit("unit")
    (site / "shipping-1.0.dist-info").rename(site / "shipping-1.1.dist-info")
    (site / "post-7.dist-info").mkdir()
    out, _ = shop.doit("why", "test_limit", LC_ALL="C.UTF-8")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "distribution shipping recorded 1.0, now 1.1" in lines
    assert "distribution post recorded missing, now 7" in lines
    if "LC_ALL" not in shop.environment:
        assert "variable $LC_ALL was missing, is set" in lines


def test_failures_and_tests_without_a_result(shop: Any) -> None:
    shop.write(FILE, TESTS.replace("assert cart.limit == 100", "assert cart.limit == 1"))
    shop.doit("unit", status=1)
    out, _ = shop.doit("why", "test_limit")
    assert (
        "runs: it failed, or needed a second attempt, when it ran last, and nothing that it depends on changed" in out
    )
    shop.write("shop/cart.py", CART.replace("limit = 100", "limit = 1"))
    out, _ = shop.doit("why", "test_limit")
    assert "runs: 1 change since its last result (it failed, or needed a second attempt, when it ran last)" in out
    shop.write(FILE, TESTS + "\n\ndef test_new():\n    pass\n")
    out, _ = shop.doit("why", "test_new")
    assert out == f"{FILE}::test_new  (unit)\n  runs: no result on record, it is new or never ran to its end\n"


def test_a_test_whose_file_skipped_itself(project: Any) -> None:
    path = "tests/unit/test_u.py"
    project.write(path, "import pytest\n\npytest.importorskip('not_installed_anywhere')\n\ndef test_u():\n    pass\n")
    project.doit("unit")
    out, _ = project.doit("why", f"{path}::test_u")
    head, about, verdict, *_ = out.splitlines()
    assert (head, about) == (f"{path}::test_u  (unit, in fast_feedback)", f"  {path} skipped itself as a whole:")
    assert verdict.startswith("  from cache: skipped in ")


def test_the_nearest_of_several_results_tells_why(shop: Any) -> None:
    """After a visit to another branch, an edit is compared with the results of the branch that it is made on."""
    other = CART.replace("VAT = 19", "VAT = 7").replace("sum(prices)", "max(prices)")
    shop.write("shop/cart.py", other)
    shop.doit("unit")
    shop.write("shop/cart.py", CART.replace("sum(prices)", "sum(list(prices))"))
    out, _ = shop.doit("why", "test_total")
    assert "runs: 1 change" in out
    assert "body of total" in out
    assert "VAT" not in out
    shop.doit("unit")
    (test,) = (one for one in shop.results()["tests"] if one["id"].endswith("test_total"))
    assert test["reason"] == "shop/cart.py: total changed"


def test_which_test_is_meant(shop: Any) -> None:
    assert "[a=1]  (unit" in shop.doit("why", f"{FILE}::test_text[a=1]")[0]
    assert f"{FILE}::test_total  (unit" in shop.doit("why", "unit:test_total")[0]
    _, err = shop.doit("why", "test_text", status=3)
    assert err == f"ERROR: 'test_text' may mean any of 2 tests:\n  {FILE}::test_text[a=1]\n  {FILE}::test_text[b]\n"
    _, err = shop.doit("why", "test_totl", status=3)
    assert "there is no test 'test_totl', did you mean test_total?" in err
    _, err = shop.doit("why", f"{FILE}::test_totl", status=3)
    assert f"did you mean {FILE}::test_total?" in err
    _, err = shop.doit("why", "smoke:test_total", status=3)
    assert "there is no test 'test_total' in category smoke" in err
    _, err = shop.doit("why", status=3)
    assert "why needs a test's id, or a part of one" in err


def test_a_test_that_went_to_another_category(shop: Any) -> None:
    shop.write(
        "layers/test_layers.yaml",
        "layers:\n  fast_feedback:\n    categories:\n"
        f"      - {{name: smoke, filters: {{include_patterns: [{FILE}]}}}}\n"
        "      - {name: unit, filters: {include_patterns: ['tests/unit/*']}}\n",
    )
    out, _ = shop.doit("why", "test_total")
    assert "test_total  (smoke)\n  runs: no result on record" in out
    assert shop.doit("affected")[0].endswith("1 of 1 test is affected; 6 tests are new\n")
    shop.doit("smoke")
    out, _ = shop.doit("why", "test_total")
    assert "test_total  (smoke, in fast_feedback)\n  from cache: passed" in out
    assert "(unit" not in out


def test_a_project_that_never_ran(project: Any) -> None:
    out, _ = project.doit("why", "test_u")
    assert (
        out == "tests/unit/test_u.py::test_u  (unit)\n  runs: no result on record, it is new or never ran to its end\n"
    )
    _, err = project.doit("why", "test_x", status=3)
    assert "there is no test 'test_x'" in err


def test_the_inputs_of_a_program_that_is_not_python(project: Any) -> None:
    project.environment["LAMINA_AUDIT"] = "0"
    layers = "layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        inputs: [data/**, scripts/*.sh]\n"
    project.write("layers/test_layers.yaml", layers)
    project.write("data/rows.txt", "1\n")
    project.write("scripts/count.sh", "wc -l < data/rows.txt\n")
    code = "import subprocess\n\n\ndef test_count():\n    subprocess.run(['sh', 'scripts/count.sh'], check=True)\n"
    project.write("tests/unit/test_u.py", code)
    project.doit("unit")
    words = "the category's inputs (data/**, scripts/*.sh), as it starts a program that may read them"
    assert words in project.doit("why", "test_count")[0]
    project.write("src/a.py", "A = 2\n")
    assert "from cache: passed" in project.doit("why", "test_count")[0]
    project.write("data/rows.txt", "1\n2\n")
    out, _ = project.doit("why", "test_count")
    assert "runs: 1 change since its last result" in out
    assert f"  {words}" in out
    project.doit("unit")
    (test,) = project.results()["tests"]
    assert test["reason"] == (
        "a file of the category's inputs changed (data/**, scripts/*.sh), and it starts a program that may read them"
    )
