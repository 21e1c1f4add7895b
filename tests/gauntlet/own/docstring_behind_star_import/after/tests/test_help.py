import api


def test_help():
    assert api.area.__doc__ == "The area."
