"""`python -m lamina.workers.foreground ARGUMENT...`: plain pytest in this very process, for somebody who debugs a test.

What would stand in a debugger's way is turned off, whatever the project's own options say: pytest-xdist's workers and
pytest-cov's tracing.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from lamina.workers.narrowing import know_names, without_distribution

__all__ = ["main"]


class _InTheForeground:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, Any, Any]:
        """Before pytest-cov begins to measure."""
        early_config.known_args_namespace.no_cov = True
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, Any, Any]:
        """Before any plugin looks at the options; pytest-xdist would refuse `--pdb`."""
        without_distribution(config)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """As in a session."""
        know_names(config)


def main() -> int:
    """Runs the tests; returns pytest's exit status."""
    words = sys.argv[1:]
    sys.argv[:] = ["pytest"]
    return int(pytest.main(words, plugins=[_InTheForeground()]))


if __name__ == "__main__":
    sys.exit(main())
