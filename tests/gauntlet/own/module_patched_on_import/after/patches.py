import limits

limits.LOW = 1
limits.HIGH = 7
