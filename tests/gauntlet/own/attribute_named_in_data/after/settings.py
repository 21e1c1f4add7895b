class Settings:
    depth = 3
    height = 5
