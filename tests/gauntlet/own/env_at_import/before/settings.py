import os

LEVEL = os.environ.get("APP_LEVEL", "low")
