from pathlib import Path

import pytest
from check import check


class Lines(pytest.File):
    def collect(self):
        for line in Path("lines.json").read_text().split():
            yield Line.from_parent(self, name="line", text=line)


class Line(pytest.Item):
    def __init__(self, text, **rest):
        super().__init__(**rest)
        self.text = text

    def runtest(self):
        assert check(self.text)


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".txt" and file_path.name.startswith("test_"):
        return Lines.from_parent(parent, path=file_path)
