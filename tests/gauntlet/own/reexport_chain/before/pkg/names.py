def label():
    return "a"
