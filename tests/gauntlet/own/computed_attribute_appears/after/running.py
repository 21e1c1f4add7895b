import actions


def run(name):
    action = getattr(actions, "do_" + name, None)
    return action() if action else "unknown"


def width():
    return 2
