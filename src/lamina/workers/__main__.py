"""`python -m lamina.workers CHANNEL LIFE`: a category's session, under its guardian.

CHANNEL is the descriptor of the socket to the engine, LIFE the one that closes when the engine ends.
"""

from __future__ import annotations

import os
import sys

from lamina.workers.guardian import guard
from lamina.workers.processes import TOKEN_VARIABLE


def main() -> int:
    """Starts the guardian and, below it, the session."""
    channel, life = int(sys.argv[1]), int(sys.argv[2])

    def session() -> int:
        from lamina.workers.session import run

        return run(channel)

    return guard(life, os.environ[TOKEN_VARIABLE], session, os.environ.get("LAMINA_TEMPORARY", ""))


if __name__ == "__main__":
    sys.exit(main())
