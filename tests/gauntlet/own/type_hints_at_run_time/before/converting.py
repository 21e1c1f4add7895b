from typing import get_type_hints


def convert(form, values):
    return {name: kind(values[name]) for name, kind in get_type_hints(form).items()}
