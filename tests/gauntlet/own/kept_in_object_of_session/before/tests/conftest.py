import pytest
from app import App, init_app


@pytest.fixture(scope="session")
def app():
    return App()


@pytest.fixture
def ext(app):
    return init_app(app)
