import os


def test_home():
    assert "APP_HOOKED" not in os.environ


def test_plain():
    assert len("ab") == 2
