class User:
    nick = "ann"
    age = 7
