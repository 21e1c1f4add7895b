from pathlib import Path

import state


def pytest_configure(config):
    state.SIZE = Path("size.txt").read_text()
