from .middle import compute, label
