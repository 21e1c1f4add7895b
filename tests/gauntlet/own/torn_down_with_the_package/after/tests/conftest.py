import pytest
from release import release


@pytest.fixture(scope="package")
def thing():
    made = [1]
    yield made
    release(made)
