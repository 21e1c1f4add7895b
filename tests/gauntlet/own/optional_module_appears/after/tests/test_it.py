from api import run


def test_run():
    assert run() == "plain"
