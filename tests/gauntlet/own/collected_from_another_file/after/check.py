def check(line):
    return line.startswith("ok")
