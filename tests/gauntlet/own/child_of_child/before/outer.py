import subprocess
import sys

print(subprocess.run([sys.executable, "-c", "import work; print(work.answer())"], capture_output=True, text=True, check=True).stdout.strip())
