import pytest
from app import Part


def pytest_configure(config):
    config.part = Part()
