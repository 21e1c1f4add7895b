import unittest

from building import build, width


class BuiltTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = build()

    def test_first(self):
        self.assertEqual(self.built, 3)

    def test_second(self):
        self.assertLess(self.built, 4)


class OtherTest(unittest.TestCase):
    def test_width(self):
        self.assertEqual(width(), 2)
