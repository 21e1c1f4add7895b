from pathlib import Path
from unittest import mock

import clock

NAME = Path(__file__).with_name("names.txt").read_text().strip()


def test_mock():
    with mock.patch("clock." + NAME):
        pass


def test_monkeypatch(monkeypatch):
    monkeypatch.setattr(clock, NAME, None)


def test_then():
    assert clock.then() == 2
