from app import plain


def test_a(request):
    assert request.config.part.value == 1


def test_b(request):
    assert request.config.part.value < 2


def test_none():
    assert plain() == 0
