import pytest


class Base:
    @pytest.mark.parametrize("n", [1, 2])
    def test_small(self, n):
        assert n < self.limit
