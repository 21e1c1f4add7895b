from app import look


def test_look():
    assert look("a") == 1
