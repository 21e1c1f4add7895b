class Shared:
    def test_size(self):
        assert self.size == 1
