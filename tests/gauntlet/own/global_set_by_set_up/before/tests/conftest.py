import pytest
import state


@pytest.fixture(scope="session")
def started():
    state.set_up()
