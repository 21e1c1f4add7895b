class NotFound(ValueError):
    pass
