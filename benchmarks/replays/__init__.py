"""Parts of replay.py: a real project's history, commit by commit, under pytest, lamina and pytest-testmon."""
