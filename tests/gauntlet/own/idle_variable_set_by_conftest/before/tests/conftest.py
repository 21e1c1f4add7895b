import os

os.environ["MODE"] = "fast"
