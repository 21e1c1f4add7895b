from models import Model


def test_column():
    assert vars(Model)["title"].column == "title"
