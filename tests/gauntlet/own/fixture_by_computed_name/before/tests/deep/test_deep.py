def test_number(request):
    assert request.getfixturevalue("red_" + "number") == 1
