"""Rates."""

import asyncio
from functools import cache
from pathlib import Path


async def _read(name):
    return int(Path("data", f"{name}.txt").read_text())


async def _fetch(name):
    return await asyncio.create_task(_read(name))


@cache
def load(name):
    return asyncio.run(_fetch(name))
