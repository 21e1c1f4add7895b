"""Rates."""

from functools import lru_cache as remember

import data

load = remember(data.load)
tax = int(data.tax())
