SIZE = None
