def group():
    return "all"
