def release(thing):
    thing.clear()
