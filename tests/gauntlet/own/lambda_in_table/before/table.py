TABLE = {
    "up": lambda x: x + 1,
    "down": lambda x: x - 1,
}
