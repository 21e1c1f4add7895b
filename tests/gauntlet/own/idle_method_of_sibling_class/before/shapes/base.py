class Shape:
    def area(self):
        return self.size()
