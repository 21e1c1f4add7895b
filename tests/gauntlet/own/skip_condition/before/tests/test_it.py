import features
import pytest


@pytest.mark.skipif(not features.READY, reason="not ready")
def test_feature():
    assert True


def test_plain():
    assert len("ab") == 2
