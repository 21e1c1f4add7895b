class Container:
    def __init__(self):
        self.factories = {}
        self.instances = {}

    def register(self, name, factory):
        self.factories[name] = factory

    def resolve(self, name):
        if name not in self.instances:
            self.instances[name] = self.factories[name]()
        return self.instances[name]


def compute():
    return 2


def make_service():
    return {"v": compute()}


container = Container()
container.register("svc", make_service)


def get():
    return container.resolve("svc")["v"]
