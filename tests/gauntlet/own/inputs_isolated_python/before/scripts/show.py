print(open("data/rows.txt").read().split()[-1])
