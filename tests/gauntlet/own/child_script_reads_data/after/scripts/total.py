from pathlib import Path

print(sum(map(int, (Path(__file__).parent / "numbers.txt").read_text().split())))
