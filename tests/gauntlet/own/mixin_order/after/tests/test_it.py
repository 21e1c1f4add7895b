from views import Json, Page


def test_page():
    assert Page().render() == "html"


def test_json():
    assert Json().render() == "json"
