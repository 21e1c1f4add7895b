from base import Base


class Proxy(Base):
    def __getattr__(self, name):
        return name.upper()
