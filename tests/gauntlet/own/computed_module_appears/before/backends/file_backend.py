NAME = "file"
