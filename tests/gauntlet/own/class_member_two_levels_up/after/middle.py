from base import Base


class Middle(Base):
    def label(self):
        return "middle"
