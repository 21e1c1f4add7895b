import pytest
from rates import rate


@pytest.mark.parametrize("found", [pytest.param(rate(), id="rate")])
def test_second(found):
    assert found == 1
