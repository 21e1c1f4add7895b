from middle import Middle


class Leaf(Middle):
    pass
