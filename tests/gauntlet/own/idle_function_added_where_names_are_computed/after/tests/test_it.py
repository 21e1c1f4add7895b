from shapes import Square
from tools import call, state


def test_area():
    assert call(Square(), 'ar' + 'ea') == 4


def test_state():
    assert state(Square()) == {'side': 2}
