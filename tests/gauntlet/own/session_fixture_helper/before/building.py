def build():
    return {"size": 3}
