from base import Command


class Add(Command):
    pass
