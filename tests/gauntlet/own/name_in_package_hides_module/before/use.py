from pkg import part


def kind():
    return type(part).__name__
