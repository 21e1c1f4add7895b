import unittest

from tests.base import Checks


class SmallTest(Checks, unittest.TestCase):
    value = 4
