import os, pytest


@pytest.fixture(scope="session", autouse=True)
def clean():
    yield
    if os.path.exists("built.txt"):
        os.remove("built.txt")
