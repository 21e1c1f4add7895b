import pytest
from release import release


@pytest.fixture(scope="session", params=[1, 2])
def thing(request):
    made = [request.param]
    yield made
    if made == [2]:
        release(made)
