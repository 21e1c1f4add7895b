from showing import show


@show.register
def _(value: str):
    return "text"


@show.register
def _(value: int):
    return "number"
