import pytest


@pytest.fixture
def number():
    return 2


@pytest.fixture
def word():
    return "a"
