"""What all tests start from."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A shell starts what it puts into the background with Ctrl-C ignored; what tests start would ignore it as well, and tests
    of Ctrl-C could only fail."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
