import limits


def test_merged():
    assert limits.merged({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
