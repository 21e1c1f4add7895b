def size():
    return 4
