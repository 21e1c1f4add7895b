import warnings

import pytest


def test_warns():
    with pytest.raises(UserWarning):
        warnings.warn("soon")


def test_plain():
    assert len("ab") == 2
