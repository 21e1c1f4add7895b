import pytest
from check import check


class Lines(pytest.File):
    def collect(self):
        for line in self.path.read_text().split():
            yield Line.from_parent(self, name=line)


class Line(pytest.Item):
    def runtest(self):
        assert check(self.name)


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".txt" and file_path.name.startswith("test_"):
        return Lines.from_parent(parent, path=file_path)
