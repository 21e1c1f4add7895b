class Field:
    def __get__(self, instance, owner):
        return "field"

    def __set__(self, instance, value):
        raise AttributeError
