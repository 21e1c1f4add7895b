from pathlib import Path


def pytest_ignore_collect(collection_path):
    return True if collection_path.name == Path("left_out.txt").read_text() else None
