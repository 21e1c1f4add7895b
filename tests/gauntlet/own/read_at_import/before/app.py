from table import TABLE


def look(name):
    return TABLE[name]
