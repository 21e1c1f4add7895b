"""Which files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.files import find, shown_name


def test_nothing_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert find(tmp_path, None, None, {}) == (None, None, "", [])


def test_the_command_line_beats_the_variable(project: Any) -> None:
    project.write(layers="", ci="", dev="")
    found = find(project.root, "ci", None, {"LAMINA_ENV": "dev"})
    assert (found.environment, found.overrides) == ("ci", project.root / "layers/environments/ci.yaml")
    assert find(project.root, None, None, {"LAMINA_ENV": "dev"}).environment == "dev"


def test_an_unknown_environment_lists_those_there_are(project: Any) -> None:
    project.write(ci="", staging="", dev="")
    with pytest.raises(ConfigurationError) as caught:
        project.load("stagging")
    assert str(caught.value) == (
        "env: there is no environment of this name, did you mean staging? (found stagging); "
        "allowed: ci, dev, staging (layers/environments/*.yaml)"
    )


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "ci/../ci", "."])
def test_an_environment_name_leads_nowhere_else(project: Any, name: str) -> None:
    project.write(ci="")
    project.file("layers/outside.yaml", "settings: {batch_size: 99}")
    with pytest.raises(ConfigurationError, match="there is no environment of this name"):
        project.load(name)


def test_files_under_the_other_suffix_are_not_silently_ignored(project: Any) -> None:
    project.file("layers/test_layers.yml", "")
    project.file("layers/environments/ci.yml", "")
    with pytest.raises(ConfigurationError) as caught:
        project.load("ci")
    assert str(caught.value).splitlines() == [
        "layers/environments/ci.yml: is not read under this name; allowed: layers/environments/ci.yaml: rename it",
        "layers/test_layers.yml: is not read under this name; allowed: layers/test_layers.yaml: rename it",
    ]


def test_a_custom_file_that_is_not_there(project: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        project.load(layer_config="mine.yaml")
    assert str(caught.value) == (
        "layer_config: there is no such file (found mine.yaml); allowed: a YAML file, from the project's root"
    )


def test_a_layers_file_that_is_a_folder(project: Any) -> None:
    (project.root / "layers/test_layers.yaml").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"^layers/test_layers\.yaml: can't be read: Is a directory$"):
        project.load()


def test_names_are_shown_from_the_root_when_they_are_inside(tmp_path: Path) -> None:
    root = tmp_path / "project"
    assert shown_name(root, root / "layers" / "x.yaml") == "layers/x.yaml"
    assert shown_name(root, root / "a/../b.yaml") == "b.yaml"
    assert shown_name(root, tmp_path / "x.yaml") == (tmp_path / "x.yaml").as_posix()
    assert shown_name(Path(), Path("./layers/x.yaml")) == "layers/x.yaml"
