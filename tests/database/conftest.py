from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from lamina.layers import load_configuration
from lamina.services.handle import Handle
from lamina.services.instructions import instructions_for, place_for, variables_for
from lamina.workers.processes import token_of

ROOT = Path(__file__).parents[2]
POSTGRES = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]


def _service(name: str, variable: str, installed: bool, package: str, logs: Path) -> Iterator[str]:
    """The address that a run of the layers hands out; under plain pytest, that of a service of our own from the same
    declaration."""
    if variable in os.environ:
        yield os.environ[variable]
        return
    if not installed:
        pytest.skip(f"needs {name}: apt-get install {package}")
    service = next(one for one in load_configuration(ROOT).services if one.name == name)
    folder = mkdtemp(prefix=f"lamina-{name}-")
    Path(folder).chmod(0o755)
    place = place_for(service, folder)
    token = token_of(f"test-{os.getpid()}", name)
    handle = Handle(instructions_for(service, place, {}, str(ROOT), logs / f"{name}.log", token), lambda death: None)
    handle.wait_until_ready(lambda: True)
    yield variables_for(service, place, {}, str(ROOT))[variable]
    handle.stop()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    installed = shutil.which("redis-server") is not None
    yield from _service("redis", "REDIS_URL", installed, "redis-server", tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    installed = bool(shutil.which("initdb") or POSTGRES) and shutil.which("psql") is not None
    yield from _service("postgres", "DATABASE_URL", installed, "postgresql", tmp_path_factory.mktemp("postgres"))
