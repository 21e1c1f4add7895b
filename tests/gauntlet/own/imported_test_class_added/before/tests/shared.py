import unittest


class First(unittest.TestCase):
    def test_it(self):
        pass
