from pathlib import Path

import state


def pytest_addoption(parser):
    parser.addoption("--size", default=Path("size.txt").read_text())


def pytest_configure(config):
    state.SIZE = config.getoption("size")
