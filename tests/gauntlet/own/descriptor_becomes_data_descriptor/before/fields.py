class Field:
    def __get__(self, instance, owner):
        return "field"
