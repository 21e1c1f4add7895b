def build():
    return {"size": 4}
