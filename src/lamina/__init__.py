"""lamina runs a project's tests in layers, and none twice on the same inputs.

PYTEST_DONT_REWRITE: its plugin for pytest makes pytest look for assertions to rewrite in all of it, and there are none.
"""
