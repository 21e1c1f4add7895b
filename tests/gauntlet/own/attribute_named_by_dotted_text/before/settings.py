class Limits:
    high = 9
    low = 1


class Settings:
    limits = Limits
