"""Found first by a Python process that a test has started: begins to note what it uses, then steps aside.

`PYTHONPATH` is put back as the test had it, and the project's own `sitecustomize` is imported. If there is none, the error
goes on to Python, which then does as if there had been none at all.
"""

import os
import sys

sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]
_own = os.environ.pop("LAMINA_PYTHONPATH", None)
if _own is None:
    os.environ.pop("PYTHONPATH", None)
else:
    os.environ["PYTHONPATH"] = _own
_place = os.environ.pop("LAMINA_CHILD", None)
if _place:
    try:
        from lamina.tracing.child import begin

        begin(_place)
    except Exception:  # the parent sees that nobody reports
        pass
del sys.modules["sitecustomize"]
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
