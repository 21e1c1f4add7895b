import pytest

# What tests share.


@pytest.fixture
def number():
    return 1


@pytest.fixture
def word():
    return "a"
