from loading import ENVIRONMENT


def test_first():
    assert ENVIRONMENT.get_template("page.txt").render() == "<page>"


def test_second():
    assert ENVIRONMENT.get_template("page.txt").render() == "<page>"


def test_third():
    assert ENVIRONMENT.get_template("other.txt").render() == "other"
