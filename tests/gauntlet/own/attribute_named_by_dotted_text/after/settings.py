class Limits:
    high = 8
    low = 1


class Settings:
    limits = Limits
