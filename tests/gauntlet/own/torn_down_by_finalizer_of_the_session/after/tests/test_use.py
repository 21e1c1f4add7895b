from release import release


def test_use(request):
    request.session.addfinalizer(lambda: release())
