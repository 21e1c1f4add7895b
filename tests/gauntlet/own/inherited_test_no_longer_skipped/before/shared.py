import pytest


class Shared:
    @pytest.mark.skip
    def test_size(self):
        assert self.size == 1
