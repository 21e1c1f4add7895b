"""Databases for tests: a schema is built once per content of its scripts, each worker has a copy, each test a clean one.

`plugin` has the fixtures, `worker` the databases of one worker, `sqlite` and `postgresql` what differs between the kinds.
Importing this package costs nothing.
"""
