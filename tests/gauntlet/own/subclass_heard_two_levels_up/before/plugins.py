from base import Middle


class First(Middle):
    pass
