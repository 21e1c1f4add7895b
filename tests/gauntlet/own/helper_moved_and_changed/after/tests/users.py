def user():
    return "bob"
