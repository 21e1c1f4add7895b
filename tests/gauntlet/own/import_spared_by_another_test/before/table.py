"""A table."""

from rates import rate

VALUE = rate() + 1
