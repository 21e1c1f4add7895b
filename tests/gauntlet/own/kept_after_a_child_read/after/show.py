"""Shows a rate."""

import sys
from pathlib import Path

print(Path("data", f"{sys.argv[1]}.txt").read_text())
