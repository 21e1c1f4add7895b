from app import has_scheduler


def test_scheduler():
    assert has_scheduler()
