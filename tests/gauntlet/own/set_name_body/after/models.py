from fields import Field


class Model:
    title = Field()
