class Base:
    def tags(self):
        return ["base"]
