from base import Base


class Loud(Base):
    def tags(self):
        return ["loud", *super().tags()]


class Quiet(Base):
    def tags(self):
        return ["quiet", *super().tags()]
