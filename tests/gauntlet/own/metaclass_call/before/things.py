from kinds import Kind


class Thing(metaclass=Kind):
    pass
