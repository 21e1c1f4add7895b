def __getattr__(name):
    if name.startswith('_'):
        raise AttributeError(name)
    from pkg import _limits

    return getattr(_limits, name)
