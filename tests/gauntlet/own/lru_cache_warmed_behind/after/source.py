def load():
    return {"eur": 6}


def width():
    return 2
