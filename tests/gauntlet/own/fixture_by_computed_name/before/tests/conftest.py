import pytest


@pytest.fixture
def red_number():
    return 1
