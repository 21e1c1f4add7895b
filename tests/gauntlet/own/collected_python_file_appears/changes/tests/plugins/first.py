bad = 1
