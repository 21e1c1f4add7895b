from base import Base


class First(Base):
    code = 2
