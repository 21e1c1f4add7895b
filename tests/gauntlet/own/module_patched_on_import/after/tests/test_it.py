from app import clamp


def test_clamp():
    assert clamp(9) == 5
