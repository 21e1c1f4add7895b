def load(module):
    return {name: value for name, value in vars(module).items() if name.isupper()}
