from tool import rest, work


def test_work():
    assert work() == 2


def test_rest():
    assert rest() == 3
