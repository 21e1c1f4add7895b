"""The fixtures that test suites know from pytest-xdist, for projects where it is not installed."""

from __future__ import annotations

import os

import pytest

__all__ = ["testrun_uid", "worker_id"]


@pytest.fixture(scope="session")
def worker_id() -> str:
    """The name of the worker that runs the test: "gw0", "gw1", ..."""
    return os.environ["PYTEST_XDIST_WORKER"]


@pytest.fixture(scope="session")
def testrun_uid() -> str:
    """An identifier that all workers of this run share."""
    return os.environ["PYTEST_XDIST_TESTRUNUID"]
