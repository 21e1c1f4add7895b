import pytest


@pytest.fixture(autouse=True)
def higher(monkeypatch):
    monkeypatch.setattr("conf.LEVEL", 2)
