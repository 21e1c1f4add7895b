from base import Middle


class First(Middle):
    pass


class Second(Middle):
    pass
