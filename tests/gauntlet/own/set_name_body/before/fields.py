class Field:
    def __set_name__(self, owner, name):
        self.column = name
