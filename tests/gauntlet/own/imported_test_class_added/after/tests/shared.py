import unittest


class First(unittest.TestCase):
    def test_it(self):
        pass


class Second(unittest.TestCase):
    def test_it(self):
        self.fail()
