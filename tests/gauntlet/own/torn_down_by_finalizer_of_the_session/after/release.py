def release():
    raise ValueError("not released")
