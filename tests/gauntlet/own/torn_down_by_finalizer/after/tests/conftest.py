from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def thing(request):
    def end():
        assert Path("data.txt").read_text() == "yes"

    request.addfinalizer(end)
    return [1]
