import between


def double():
    return between.size() * 2
