def check(line):
    return line == "ok1"
