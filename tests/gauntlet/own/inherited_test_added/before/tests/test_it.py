from tests.base import Base


class TestIt(Base):
    value = 1
