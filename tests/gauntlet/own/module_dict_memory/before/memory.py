from work import compute

_KNOWN = {}


def get(x):
    if x not in _KNOWN:
        _KNOWN[x] = compute(x)
    return _KNOWN[x]
