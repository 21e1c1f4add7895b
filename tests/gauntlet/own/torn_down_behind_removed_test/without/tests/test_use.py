import pytest
from release import release


@pytest.fixture(scope="module")
def thing():
    made = [1]
    yield made
    release(made)


def test_use(thing):
    assert thing == [1]
