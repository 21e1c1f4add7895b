"""The session process of a category and its workers.

A session is one pytest process: it collects a category's tests once, freezes its heap and forks workers, which claim
tests from a board in shared memory. The session stays pytest's controller: it re-emits the workers' reports through
pytest's own hooks, so that terminal output, JUnit and reporting plugins see what they see under plain pytest.

The engine starts a session with `python -m lamina.workers` and talks to it in JSON lines (`protocol`). A session asks
for slots, it never takes them; it knows nothing of other categories, layers, caches or reports.
"""
