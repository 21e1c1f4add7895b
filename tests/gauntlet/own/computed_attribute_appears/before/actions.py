def do_start():
    return "start"
