import re

import grammar


def test_pair():
    assert re.fullmatch(grammar.PAIR, "one two")


def test_width():
    assert grammar.width() == 80
