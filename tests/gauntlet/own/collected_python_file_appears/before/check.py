def check(path):
    return "bad" not in path.read_text()
