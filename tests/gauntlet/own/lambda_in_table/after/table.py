TABLE = {
    "up": lambda x: x + 2,
    "down": lambda x: x - 1,
}
