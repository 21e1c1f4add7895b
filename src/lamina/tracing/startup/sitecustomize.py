"""Found first by a Python process that a test has started: begins to note what it uses, then steps aside.

`PYTHONPATH` is put back as the test had it, and the project's own `sitecustomize`, if there is one, is imported.
"""

import contextlib
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
    except ImportError:
        pass
sys.modules.pop("sitecustomize", None)
with contextlib.suppress(ImportError):
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
