import sched


def has_scheduler():
    return hasattr(sched, "scheduler")
