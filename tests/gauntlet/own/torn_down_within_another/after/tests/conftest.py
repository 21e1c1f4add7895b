import pytest
from release import release


@pytest.fixture(scope="session")
def base():
    made = [1]
    yield made
    release(made)


@pytest.fixture(scope="session")
def thing(base):
    yield list(base)
