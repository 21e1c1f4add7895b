import json
from pathlib import Path


def level():
    path = Path(__file__).with_name("local.json")
    return json.loads(path.read_text())["level"] if path.is_file() else 1


def width():
    return 2
