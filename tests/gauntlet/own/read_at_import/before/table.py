import json
from pathlib import Path

with open(Path(__file__).parent / "data" / "table.json") as _file:
    TABLE = json.load(_file)
