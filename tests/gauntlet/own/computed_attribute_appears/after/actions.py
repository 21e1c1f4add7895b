def do_start():
    return "start"


def do_stop():
    return "stop"
