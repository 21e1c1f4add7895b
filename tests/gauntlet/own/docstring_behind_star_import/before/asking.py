def ask(asked):
    return getattr(*asked)
