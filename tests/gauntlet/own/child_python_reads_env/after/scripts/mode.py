import os

print(os.environ.get("APP_MODE", "plain"))
