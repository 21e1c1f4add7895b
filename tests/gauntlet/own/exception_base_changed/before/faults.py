class NotFound(KeyError):
    pass
