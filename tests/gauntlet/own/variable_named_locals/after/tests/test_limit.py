import limits


def test_limit():
    assert limits.LIMIT == 1
