from base import Base, Other


class First(Base):
    pass


class Second(Base):
    pass
