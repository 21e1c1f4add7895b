from app import handlers


def test_handlers():
    assert handlers() == ["first", "second"]
