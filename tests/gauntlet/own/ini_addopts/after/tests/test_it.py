import warnings


def test_warns():
    warnings.warn("soon")


def test_plain():
    assert len("ab") == 2
