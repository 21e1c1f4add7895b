CASES = {"two": (2, 4), "three": (3, 10)}
