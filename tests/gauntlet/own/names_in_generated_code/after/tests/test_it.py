from use import run


def test_first():
    assert run('fir' + 'st') == 1


def test_second():
    assert run('sec' + 'ond') == 2
