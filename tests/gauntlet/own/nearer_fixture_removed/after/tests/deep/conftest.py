import pytest


@pytest.fixture
def word():
    return "a"
