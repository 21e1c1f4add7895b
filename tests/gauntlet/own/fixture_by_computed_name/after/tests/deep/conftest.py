import pytest


@pytest.fixture
def red_number():
    return 2
