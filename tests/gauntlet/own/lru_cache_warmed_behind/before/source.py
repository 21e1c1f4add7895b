def load():
    return {"eur": 5}


def width():
    return 2
