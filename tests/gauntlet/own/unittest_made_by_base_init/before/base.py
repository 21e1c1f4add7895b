import unittest

from numbers_here import start


class Counting(unittest.TestCase):
    def __init__(self, name):
        super().__init__(name)
        self.number = start()
