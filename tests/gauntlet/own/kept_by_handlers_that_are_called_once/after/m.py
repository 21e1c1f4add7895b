class Bus:
    def __init__(self):
        self.h = {}
        self.fired = set()
        self.out = []

    def on(self, e, f):
        self.h.setdefault(e, []).append(f)

    def emit_once(self, e):
        if e in self.fired:
            return
        self.fired.add(e)
        for f in self.h.get(e, ()):
            self.out.append(f())


bus = Bus()


def compute():
    return 2


def handler():
    return compute()


bus.on("start", handler)


def get():
    bus.emit_once("start")
    return bus.out[0]
