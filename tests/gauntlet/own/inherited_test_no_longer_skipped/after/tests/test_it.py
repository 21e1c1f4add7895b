from shared import Shared


class TestIt(Shared):
    size = 2
