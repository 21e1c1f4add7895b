def test_version():
    with open("pyproject.toml") as stream:
        assert '"1"' in stream.read()
