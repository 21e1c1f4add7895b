def idle():
    return 1
