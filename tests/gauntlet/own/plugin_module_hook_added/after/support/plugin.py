import os

ON = True


def pytest_runtest_setup(item):
    os.environ["APP_HOOKED"] = "1"
