from showing import show


@show.register
def _(value: str):
    return "text"
