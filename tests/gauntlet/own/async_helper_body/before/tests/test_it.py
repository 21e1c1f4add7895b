import asyncio

from fetching import fetch_all, width


def test_fetch():
    assert asyncio.run(fetch_all([1, 2])) == [2, 3]


def test_width():
    assert width() == 2
