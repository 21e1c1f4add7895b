import json
from pathlib import Path


def pytest_generate_tests(metafunc):
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", json.loads(Path(__file__).with_name("cases.json").read_text()))
