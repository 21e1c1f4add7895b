def fill(thing, **values):
    for name, value in values.items():
        if getattr(thing, name, None) != value:
            setattr(thing, name, value)
    return thing
