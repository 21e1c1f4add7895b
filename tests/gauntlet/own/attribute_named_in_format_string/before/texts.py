from users import User


def greeting():
    return "hello {0.nick}!".format(User())
