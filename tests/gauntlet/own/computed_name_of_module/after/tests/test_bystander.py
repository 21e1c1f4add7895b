from bystander import nothing


def test_bystander():
    assert nothing() == 0
