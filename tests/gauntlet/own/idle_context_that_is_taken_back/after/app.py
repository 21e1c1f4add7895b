from contextvars import ContextVar

CURRENT = ContextVar("current")


def report():
    return 2


class Context:
    def __init__(self, app):
        self.app = app
        self.tokens = []

    def push(self):
        self.tokens.append(CURRENT.set(self))

    def pop(self):
        try:
            if len(self.tokens) == 1:
                self.app.finish()
        finally:
            found = CURRENT.get()
            CURRENT.reset(self.tokens.pop())

        if found is not self:
            raise AssertionError("another context")


class App:
    def __init__(self, reporter=None):
        self.reporter = reporter
        self.names = {}
        self.result = 0

    def get(self, name):
        if name not in self.names:
            self.names[name] = len(name)
        return self.names[name]

    def finish(self):
        if self.reporter == "full":
            self.result = report()

    def handle(self, name):
        context = Context(self)
        context.push()
        try:
            return CURRENT.get().app.get(name)
        finally:
            context.pop()
