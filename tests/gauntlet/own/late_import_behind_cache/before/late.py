def value():
    return 1


VALUE = value()
