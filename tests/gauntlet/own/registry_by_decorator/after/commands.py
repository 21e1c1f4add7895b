from registry import register


@register
def add():
    return 1


@register
def remove():
    return 2
