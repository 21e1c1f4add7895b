from use import run


def test_run():
    assert run() == 1
