from ._inner import size as measure
