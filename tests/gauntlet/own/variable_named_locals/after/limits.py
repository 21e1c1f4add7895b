LIMIT = 2


def merged(names, locals):
    found = dict(names)
    found.update(locals)
    return found
