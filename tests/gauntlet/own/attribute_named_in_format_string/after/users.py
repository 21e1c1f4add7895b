class User:
    nick = "bob"
    age = 7
