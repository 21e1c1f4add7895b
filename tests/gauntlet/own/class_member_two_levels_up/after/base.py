class Base:
    def label(self):
        return "base"

    def size(self):
        return 1
