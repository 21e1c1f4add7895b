def answer():
    return 43
