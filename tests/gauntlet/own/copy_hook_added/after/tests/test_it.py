import copy

from boards import Board, width


def test_copy_shares():
    board = Board()
    assert copy.copy(board).cells is board.cells


def test_width():
    assert width() == 2
