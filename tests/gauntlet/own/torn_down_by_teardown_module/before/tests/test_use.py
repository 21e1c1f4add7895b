from release import release

made = []


def setup_module():
    made.append(1)


def teardown_module():
    release(made)


def test_use():
    assert made == [1]
