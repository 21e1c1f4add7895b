def value():
    return 2


VALUE = value()
