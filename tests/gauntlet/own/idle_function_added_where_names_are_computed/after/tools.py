def call(thing, name):
    return getattr(thing, name)()


def state(thing):
    return dict(thing.__dict__)
