from tests.base import Base


class TestIt(Base):
    limit = 3
