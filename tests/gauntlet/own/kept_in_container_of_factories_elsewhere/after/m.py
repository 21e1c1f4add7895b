import svc
from cont import container


def get():
    return container.resolve("svc")["v"]
