import pytest
from building import size


@pytest.fixture(scope="class")
def sized(request):
    request.cls.size = size()


@pytest.mark.usefixtures("sized")
class TestSized:
    def test_first(self):
        assert self.size == 3

    def test_second(self):
        assert self.size < 4


def test_plain():
    assert len("ab") == 2
