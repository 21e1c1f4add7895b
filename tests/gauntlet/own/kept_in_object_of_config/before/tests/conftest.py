from app import Part


def pytest_runtest_setup(item):
    if not hasattr(item.config, "part"):
        item.config.part = Part()
