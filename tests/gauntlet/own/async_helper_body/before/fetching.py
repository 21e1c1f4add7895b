import asyncio


async def fetch(x):
    await asyncio.sleep(0)
    return x + 1


async def fetch_all(items):
    return await asyncio.gather(*map(fetch, items))


def width():
    return 2
