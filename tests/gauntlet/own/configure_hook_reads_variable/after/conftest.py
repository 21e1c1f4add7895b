import os

import state


def pytest_configure(config):
    state.SIZE = os.environ.get("SIZE", "1")
