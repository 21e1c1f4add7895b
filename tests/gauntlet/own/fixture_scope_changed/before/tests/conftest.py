import pytest


@pytest.fixture(scope="function")
def basket():
    return []
