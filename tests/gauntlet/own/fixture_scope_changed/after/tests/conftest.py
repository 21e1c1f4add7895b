import pytest


@pytest.fixture(scope="module")
def basket():
    return []
