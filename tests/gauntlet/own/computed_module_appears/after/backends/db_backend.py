NAME = "db"
