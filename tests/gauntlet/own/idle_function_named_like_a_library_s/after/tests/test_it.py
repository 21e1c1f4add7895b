from app import Program, words


def test_all():
    assert words("a b") == ["a", "b"]
    assert Program().compile() == 5


def test_words():
    assert words("a b") == ["a", "b"]
