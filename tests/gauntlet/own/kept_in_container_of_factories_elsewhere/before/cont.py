class Container:
    def __init__(self):
        self.factories = {}
        self.instances = {}

    def provides(self, name):
        def deco(f):
            self.factories[name] = f
            return f

        return deco

    def resolve(self, name):
        try:
            return self.instances[name]
        except KeyError:
            pass
        value = self.instances[name] = self.factories[name]()
        return value


container = Container()
