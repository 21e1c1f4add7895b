# Sums, and lists.


def test_one():
    # one
    assert (1 + 1) == 2


def test_two():
    assert [
        1,
        2,
    ] == [1, 2]
