import pytest


def label(number):
    return f"n{number}"


@pytest.mark.parametrize("number", [1, 2], ids=label)
def test_it(number, request):
    assert request.node.callspec.id.startswith("n")
