import inspect


def call(function, *words):
    kinds = [item.annotation for item in inspect.signature(function).parameters.values()]
    return function(*[kind(word) for kind, word in zip(kinds, words, strict=True)])
