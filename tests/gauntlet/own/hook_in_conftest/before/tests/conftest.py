import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if item.name in ("test_slow",):
            item.add_marker(pytest.mark.skip)
