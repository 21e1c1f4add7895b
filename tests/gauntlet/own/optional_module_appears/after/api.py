try:
    from fastpath import run
except ImportError:
    from plain import run
