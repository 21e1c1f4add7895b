print(open("limit.txt").read())
