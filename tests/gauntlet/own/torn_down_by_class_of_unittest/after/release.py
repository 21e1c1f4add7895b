def release(thing):
    thing.close()
