import pytest


@pytest.fixture(autouse=True)
def number():
    return 1
