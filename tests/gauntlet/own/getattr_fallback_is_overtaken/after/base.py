class Base:
    colour = "red"
