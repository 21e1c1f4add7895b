class Checks:
    limit = 5

    def test_limit(self):
        self.assertLess(self.value, self.limit)

    def test_positive(self):
        self.assertGreater(self.value, 0)
