from pathlib import Path


def test_rows(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[1] / "data")
    with open("rows.txt") as file:
        assert len(file.readlines()) == 2


def test_plain():
    assert True
