def __getattr__(name):
    return f"default {name}"
