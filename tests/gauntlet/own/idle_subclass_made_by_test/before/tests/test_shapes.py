from shapes import Square, larger


def test_area():
    assert Square(3).area() == 9


def test_larger():
    class Known(Square):
        pass

    one, other = Known(1), Known(1)
    one.kept, other.kept = 4, 2
    assert larger(one, other) is one


def test_other_larger():
    class Named(Square):
        pass

    one, other = Named(1), Named(1)
    one.kept, other.kept = 2, 4
    assert larger(one, other) is other
