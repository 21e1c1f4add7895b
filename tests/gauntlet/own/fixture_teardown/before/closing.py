def close():
    return 0
