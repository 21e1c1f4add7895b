from base import Base, Other


class First(Base):
    pass


class Second(Other):
    pass
