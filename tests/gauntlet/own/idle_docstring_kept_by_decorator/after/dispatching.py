class dispatched:
    def __new__(cls, function=None, *, name=None):
        if function is None:
            return lambda function: dispatched(function, name=name)
        self = object.__new__(cls)
        self.__name__ = name or function.__name__
        self._text = function.__doc__
        self.function = function
        return self

    @property
    def __doc__(self):
        return "Dispatched. " + (self._text or "")

    def __call__(self, *args):
        return self.function(*args)
