"""Services that tests need beside them: databases, caches, servers.

`RunServices` gives them to the categories of a run, `lasting` keeps those that `doit services up` started. Each has a keeper
above it, a process that stops it in order whatever becomes of the run. Importing this package costs nothing.
"""
