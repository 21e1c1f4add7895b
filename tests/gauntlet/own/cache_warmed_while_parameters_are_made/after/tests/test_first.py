import pytest
from rates import rates


def pairs():
    for place, rate in enumerate(rates()):
        yield pytest.param(place, rate, id=str(place))


@pytest.mark.parametrize(("place", "rate"), pairs())
def test_first(place, rate):
    assert rate == place + 1
