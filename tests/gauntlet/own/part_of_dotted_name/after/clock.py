def then():
    return 2
