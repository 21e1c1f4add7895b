import pytest


@pytest.mark.skipif('1 > 2')
def test_basic():
    assert True
