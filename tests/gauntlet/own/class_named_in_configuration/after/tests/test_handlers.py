import json
import logging.config
from pathlib import Path

from handlers import level


def test_configure():
    logging.config.dictConfig(json.loads(Path(__file__).with_name("logging.json").read_text()))


def test_level():
    assert level() == 1
