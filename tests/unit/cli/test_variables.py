from __future__ import annotations

from pathlib import Path

import pytest

from lamina.cli.variables import request_of
from lamina.errors import UsageError
from lamina.layers.model import Settings


def test_nothing_asked() -> None:
    found = request_of(".", {})
    assert (found.environment, found.layer_config, found.fresh, dict(found.overrides)) == (None, None, False, {})


def test_everything_asked(tmp_path: Path) -> None:
    words = {"env": "ci", "layer_config": "x.yaml", "fresh": "Yes", "level": "aggressive", "max_workers": "3"}
    found = request_of(str(tmp_path), words)
    assert found.environment == "ci"
    assert found.layer_config == "x.yaml"
    assert found.fresh
    assert found.overrides == {"level": "aggressive", "max_workers": "3"}


def test_every_setting_can_be_given(tmp_path: Path) -> None:
    words = dict.fromkeys(Settings.__struct_fields__, "1")
    assert request_of(str(tmp_path), words).overrides == words


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("env", "", "env= needs a value, as in env=ci"),
        ("fresh", "maybe", "fresh=maybe: is neither yes nor no; allowed: fresh=true, fresh=false"),
        ("enw", "ci", "enw=: is not known, did you mean env?"),
        ("max_worker", "2", "did you mean max_workers?"),
    ],
)
def test_wrong(tmp_path: Path, name: str, value: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        request_of(str(tmp_path), {name: value})
    assert expected in str(caught.value)


def test_variables_of_own_tasks_are_theirs(tmp_path: Path) -> None:
    (tmp_path / "dodo.py").write_text("get_var('colour')")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/own.py").write_text('doit.get_var("size", 3); get_var("level")')
    found = request_of(str(tmp_path), {"colour": "blue", "size": "4", "level": "aggressive"})
    assert found.overrides == {"level": "aggressive"}
    with pytest.raises(UsageError, match="did you mean colour"):
        request_of(str(tmp_path), {"color": "blue"})
