import unittest

from release import release


class TestUse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = [1]
        cls.addClassCleanup(lambda: release(cls.made))

    def test_use(self):
        assert self.made == [1]
