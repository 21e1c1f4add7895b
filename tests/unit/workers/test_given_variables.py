"""Which files are inputs of all tests because a plugin has set variables."""

from __future__ import annotations

import pytest

from lamina.workers.given_variables import where_variables_come_from

FILES = ["app.py", "setup.cfg", "config/.env.test", "local.env", "environment.py"]


def test_where_plugins_may_have_them_from() -> None:
    assert where_variables_come_from(["MODE"], FILES) == {
        "file:pyproject.toml", "file:.env", "file:config/.env.test", "file:local.env"
    }  # fmt: skip


@pytest.mark.parametrize("given", [[], ["TZ"], ["PYTEST_CURRENT_TEST", "LAMINA_CATEGORY", "DJANGO_SETTINGS_MODULE"]])
def test_those_that_are_known(given: list[str]) -> None:
    assert where_variables_come_from(given, FILES) == set()
