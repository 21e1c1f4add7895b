def with_number(function):
    def test():
        function(2)

    return test


@with_number
def test_number(number):
    assert number == 1


def test_plain():
    assert len("ab") == 2
