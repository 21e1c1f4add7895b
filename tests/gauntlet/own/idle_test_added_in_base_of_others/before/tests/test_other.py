from tests.base import helper


def test_other():
    assert helper() == 1
