"""Lets the tests beside this file import the pseudo terminal."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "support"))
