def closed(name):
    return name == "test_b"
