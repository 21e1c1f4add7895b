from cont import container


def compute():
    return 2


@container.provides("svc")
def make_service():
    return {"v": compute()}
