READY = False
OTHER = 1
