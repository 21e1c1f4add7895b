import plain
import shapes


def test_texts():
    assert len(shapes.TEXTS[0]) == 9


def test_dot():
    assert plain.Dot()
