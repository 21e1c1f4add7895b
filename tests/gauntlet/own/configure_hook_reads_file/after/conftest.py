from pathlib import Path

import state


def pytest_configure(config):
    import later

    state.SIZE = later.read(Path("size.txt"))
