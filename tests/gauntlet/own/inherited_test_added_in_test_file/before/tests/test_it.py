import tests.test_base as other


class TestIt(other.TestBase):
    value = 1
