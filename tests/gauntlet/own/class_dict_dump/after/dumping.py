def dump(thing):
    return {name: value for name, value in thing.__dict__.items() if not name.startswith("_")}
