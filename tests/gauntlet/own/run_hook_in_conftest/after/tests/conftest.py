import pytest
from gate import closed


def pytest_runtest_setup(item):
    if closed(item.name):
        pytest.skip("closed")
