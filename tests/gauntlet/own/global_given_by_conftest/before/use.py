def double():
    return LIMIT * 2
