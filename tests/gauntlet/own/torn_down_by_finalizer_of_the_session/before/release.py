def release():
    return None
