def idle():
    return 2
