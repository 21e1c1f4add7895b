import limits

limits.LOW = 1
