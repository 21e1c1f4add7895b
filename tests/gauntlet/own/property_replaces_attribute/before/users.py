class User:
    name = "ann"
    age = 7
